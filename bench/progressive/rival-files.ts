/** Other codecs on one picture: one file cut anywhere, and files of a size. */
import type { Coded } from '#dist/benchmark/codecs/bench-codec.js';
import { fixedBytesOf } from '#dist/benchmark/codecs/fixed-cost.js';
import { qualityForBytes, RivalCodec } from '#dist/benchmark/codecs/rival-codec.js';
import type { Rival } from '#dist/benchmark/codecs/rivals.js';
import { Meter } from '#dist/benchmark/measure/meter.js';
import type { CutRival } from './cut-rivals.ts';
import type { SizePoint } from './gap.ts';
import type { Picture } from './our-files.ts';
import type { RowCache } from './row-cache.ts';

/**
 * PSNR in dB of the first bytes of one file, at each of some sizes: of the best file that is no larger than ours. Null where
 * they give no picture yet.
 *
 * @param ours - bytes of our file
 */
export async function cutRivalFile(
  rows: RowCache,
  picture: Picture,
  { rival, label, decodePrefix }: CutRival,
  ours: number,
  sizes: readonly number[],
): Promise<(number | null)[]> {
  const codec = new RivalCodec(rival, label);
  const subject = { ...picture, codec, version: await codec.version() };
  const meter = new Meter();
  let encoding: Promise<BestFile> | undefined;
  const encoded = (): Promise<BestFile> => {
    encoding ??= bestFile(rival, picture, ours, meter);
    return encoding;
  };
  const found: (number | null)[] = [];
  for (const bytes of sizes) {
    const row = await rows.get(subject, `first ${bytes} of at most ${ours} bytes`, async () => {
      const { file, ...measured } = await encoded();
      const prefix = file.subarray(0, bytes);
      const decoded = await meter.measure(() => decodePrefix(prefix));
      if (!decoded.value) return undefined;
      return {
        ...measured,
        picture: decoded.value,
        bytes: prefix.length,
        decodeSeconds: decoded.seconds,
        peakRssBytes: meter.peakRssBytes,
      };
    });
    found.push(row?.psnr ?? null);
  }
  return found;
}

interface BestFile extends Pick<Coded, 'fixedBytes' | 'encodeSeconds'> {
  readonly file: Uint8Array;
}

/** The best file of at most so many bytes. */
async function bestFile(rival: Rival, { image, name }: Picture, bytes: number, meter: Meter): Promise<BestFile> {
  const quality = await qualityForBytes(rival, image, bytes);
  if (quality === undefined) throw new Error(`${name}: ${rival.format} has no file of at most ${bytes} bytes`);
  const { value: file, seconds } = await meter.measure(() => rival.encode(image, quality));
  return { file, fixedBytes: await fixedBytesOf(rival, file, image.channels, quality), encodeSeconds: seconds };
}

/** The best whole files of at most so many bytes; sizes for which there is none are left out. */
export async function rivalFiles(
  rows: RowCache,
  picture: Picture,
  rival: Rival,
  sizes: readonly number[],
): Promise<SizePoint[]> {
  const codec = new RivalCodec(rival, rival.format);
  const subject = { ...picture, codec, version: await codec.version() };
  const found: SizePoint[] = [];
  for (const bytes of sizes) {
    const row = await rows.get(subject, `at most ${bytes} bytes`, () =>
      codec.runAtBytes(picture.image, bytes, new Meter()),
    );
    if (row) found.push({ bytes, psnr: row.psnr });
  }
  return found;
}
