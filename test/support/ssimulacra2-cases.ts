/** Pairs of pictures that are made here, for which test/fixtures/quality/ssimulacra2/expected.json has what the reference program says. */
import type { RawImage } from '../../src/image/raw-image.ts';
import { kodakCrop, withAlpha } from './pictures.ts';

/** The original, and what became of it. */
export type Pair = readonly [original: RawImage, distorted: RawImage];

const changed = (image: RawImage, change: (sample: number, i: number) => number): RawImage => ({
  ...image,
  data: Uint8Array.from(image.data, (sample, i) => Math.min(255, Math.max(0, change(sample, i)))),
});
/** Sixteen levels. */
const coarse = (image: RawImage): RawImage => changed(image, (sample) => (sample >> 4) * 17);
/** The same error of -10..10 at every run. */
const noisy = (image: RawImage): RawImage => changed(image, (sample, i) => sample + ((i * 7919) % 21) - 10);

/** Odd sizes, the smallest, grey, alpha, very different pictures. */
export async function ssimulacra2Cases(): Promise<Record<string, Pair>> {
  const cases: Record<string, Pair> = {};
  for (const [width, height] of [
    [8, 8],
    [9, 13],
    [16, 8],
    [17, 31],
    [63, 65],
    [101, 99],
    [200, 31],
  ]) {
    const crop = await kodakCrop(width, height);
    cases[`coarse-${width}x${height}`] = [crop, coarse(crop)];
  }
  const crop = await kodakCrop(96, 80);
  const grey = await kodakCrop(96, 80, 1);
  cases.noisy = [crop, noisy(crop)];
  cases['noisy, other way round'] = [noisy(crop), crop];
  cases.inverse = [crop, changed(crop, (sample) => 255 - sample)];
  cases.grey = [grey, noisy(grey)];
  const ramp = (x: number): number => Math.min(255, 3 * x);
  const stripes = (x: number, y: number): number => ((x + y) % 40 < 20 ? 0 : 255);
  cases.opaque = [withAlpha(crop, () => 255), withAlpha(coarse(crop), () => 255)];
  cases['alpha ramp'] = [withAlpha(crop, ramp), withAlpha(coarse(crop), ramp)];
  cases['alpha stripes'] = [withAlpha(crop, stripes), withAlpha(coarse(crop), stripes)];
  cases['other alpha'] = [withAlpha(crop, ramp), withAlpha(crop, stripes)];
  cases['grey with alpha'] = [withAlpha(grey, ramp), withAlpha(coarse(grey), ramp)];
  return cases;
}
