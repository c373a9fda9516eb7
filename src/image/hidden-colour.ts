/** Colours for pixels that cannot be seen, because their alpha is 0. */
import type { ColourImage } from './raw-image.ts';

/** Colour of a picture without a visible pixel. */
const MID_GREY = 128;

/** Samples of the finest grid, and of the coarser ones. */
type Samples = Uint8ClampedArray | Float32Array;

/** Samples of a picture, and which of its pixels have a colour that counts. */
interface Grid<Data = Float32Array> {
  readonly width: number;
  readonly height: number;
  readonly data: Data;
  /** One byte a pixel; 0: the pixel has no colour. */
  readonly seen: Uint8Array;
}

/** Number of pixels whose alpha is not 0. */
export function countVisible(alpha: Uint8Array): number {
  let count = 0;
  for (const opacity of alpha) if (opacity !== 0) count++;
  return count;
}

/** Halves both sides: each pixel is the mean of those of its 2x2 pixels that have a colour. */
function pull({ width, height, data, seen }: Grid<Samples>, channels: number): Grid {
  const across = Math.ceil(width / 2);
  const down = Math.ceil(height / 2);
  const counts = new Uint8Array(across * down);
  const means = new Float32Array(across * down * channels);
  for (let y = 0, pixel = 0; y < height; y++) {
    for (let x = 0; x < width; x++, pixel++) {
      if (seen[pixel] === 0) continue;
      const to = (y >> 1) * across + (x >> 1);
      counts[to]++;
      for (let c = 0; c < channels; c++) means[to * channels + c] += data[pixel * channels + c];
    }
  }
  for (let i = 0; i < means.length; i++) means[i] /= Math.max(counts[Math.floor(i / channels)], 1);
  return { width: across, height: down, data: means, seen: counts };
}

/** Place of a pixel among those of half the size: the two nearest, and the share of the second one. */
interface Place {
  readonly first: number;
  readonly second: number;
  readonly share: number;
}

/** The places of all pixels along a side, among the `size` of half the size. */
function placesAmong(size: number, pixels: number): Place[] {
  return Array.from({ length: pixels }, (_, i) => {
    const place = i / 2 - 0.25;
    const floor = Math.floor(place);
    return { first: Math.max(floor, 0), second: Math.min(floor + 1, size - 1), share: place - floor };
  });
}

/** Gives each pixel without a colour that of the coarser grid in its place, by linear interpolation. */
function push({ width, height, data, seen }: Grid<Samples>, coarse: Grid, channels: number): void {
  const columns = placesAmong(coarse.width, width);
  const rows = placesAmong(coarse.height, height);
  const from = coarse.data;
  for (let y = 0, pixel = 0; y < height; y++) {
    const row = rows[y];
    const top = row.first * coarse.width;
    const bottom = row.second * coarse.width;
    for (let x = 0; x < width; x++, pixel++) {
      if (seen[pixel] !== 0) continue;
      const { first, second, share } = columns[x];
      for (let c = 0; c < channels; c++) {
        const left =
          (1 - row.share) * from[(top + first) * channels + c] + row.share * from[(bottom + first) * channels + c];
        const right =
          (1 - row.share) * from[(top + second) * channels + c] + row.share * from[(bottom + second) * channels + c];
        data[pixel * channels + c] = left + share * (right - left);
      }
    }
  }
}

/** Gives pixels without a colour one that follows from the others, level by level. */
function pullAndPush(grid: Grid<Samples>, channels: number): void {
  if (!grid.seen.includes(0)) return;
  if (grid.seen.length === 1) {
    grid.data.fill(MID_GREY);
    return;
  }
  const coarse = pull(grid, channels);
  pullAndPush(coarse, channels);
  push(grid, coarse, channels);
}

/**
 * The picture with other colours where alpha is 0: the visible ones, continued smoothly (pull-push, as in Gortler,
 * Grzeszczuk, Szeliski & Cohen 1996, "The Lumigraph"). The result depends on visible pixels only; a picture without any is grey.
 *
 * @param alpha - one byte a pixel
 */
export function fillHidden({ data, width, height, channels }: ColourImage, alpha: Uint8Array): ColourImage {
  const filled = Uint8ClampedArray.from(data);
  pullAndPush({ width, height, data: filled, seen: alpha }, channels);
  return { data: filled, width, height, channels };
}
