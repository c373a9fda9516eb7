/**
 * Compares lossless files with PNG, WebP and JPEG XL, in bytes of whole files. Checks every round trip.
 *
 *   npm run bench:lossless -- [--json FILE] [--limit 128] [--effort 5] [FILES]
 *
 * FILES: image files, or CIFAR-10 binary files. Default: CIFAR-10 and Kodak of test/images; Kodak at half its size, whose colours no
 * conversion has thinned out; and the graphics of graphics.ts.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { decode, encode, type RawImage } from 'ddpm-codec';
import sharp from 'sharp';
import { commandLine } from './command-line.ts';
import { FORMATS, type LosslessReport, type LosslessTotals, losslessFigures } from './documents/figures/lossless.ts';
import { writeMeasurement } from './documents/measurement.ts';
import { readGraphics } from './graphics.ts';
import { CIFAR_PATH, colourCount, halvedPicture, KODAK_PATHS, readPictures } from './pictures.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'string' },
    limit: { type: 'string', default: '128' },
    effort: { type: 'string', default: '5' },
  },
});

/**
 * Opens libjxl in WebAssembly. The returned function encodes a picture losslessly at effort 9, checks the round trip,
 * and returns the size in bytes.
 */
async function openJpegXl() {
  const require = createRequire(import.meta.url);
  const encoder = await import('@jsquash/jxl/encode.js');
  const decoder = await import('@jsquash/jxl/decode.js');
  const wasm = (path: string) => WebAssembly.compile(readFileSync(require.resolve(`@jsquash/jxl/codec/${path}`)));
  await encoder.init(await wasm('enc/jxl_enc.wasm'));
  await decoder.init(await wasm('dec/jxl_dec.wasm'));
  return async ({ data, width, height }: RawImage): Promise<number> => {
    const rgba = new Uint8ClampedArray(width * height * 4).fill(255);
    for (let i = 0; i < width * height; i++) rgba.set(data.subarray(i * 3, i * 3 + 3), i * 4);
    const image = { data: rgba, width, height, colorSpace: 'srgb' as const };
    const file = await encoder.default(image as ImageData, { lossless: true, effort: 9 });
    const back = await decoder.default(file);
    if (back.data.some((value, i) => value !== rgba[i])) throw new Error('JPEG XL was not lossless');
    return file.byteLength;
  };
}

async function sizesOf(picture: RawImage, jpegXl: (picture: RawImage) => Promise<number>) {
  const { data, width, height, channels } = picture;
  const image = sharp(data, { raw: { width, height, channels } });
  const png = await image.clone().png({ compressionLevel: 9, adaptiveFiltering: true }).toBuffer();
  const webp = await image.clone().webp({ lossless: true, effort: 6 }).toBuffer();
  for (const file of [png, webp]) {
    const back = await sharp(file).removeAlpha().raw().toBuffer();
    if (Buffer.compare(back, Buffer.from(data)) !== 0) throw new Error('a rival was not lossless');
  }
  const start = performance.now();
  const { data: file, info } = await encode(picture, { lossless: true, effort: Number(values.effort) });
  const encoded = performance.now();
  const decoded = await decode(file);
  const decodeMs = performance.now() - encoded;
  if (Buffer.compare(Buffer.from(decoded.data), Buffer.from(data)) !== 0)
    throw new Error('the round trip is not exact');
  const last = info.layers.at(-1);
  const end = { sigma: last?.sigma ?? 0, psnr: last?.psnr ?? 0 };
  const rates = { idealLayers: info.idealBits, layers: info.actualBits, tail: 8 * (info.tail?.bytes ?? 0) };
  const sizes = { ours: file.length, png: png.length, webp: webp.length, jxl: await jpegXl(picture) };
  return { sizes, rates, end, encodeMs: encoded - start, decodeMs };
}

async function measure(
  name: string,
  pictures: readonly RawImage[],
  jpegXl: (p: RawImage) => Promise<number>,
): Promise<LosslessTotals> {
  const totals = {
    name,
    ...{ samples: 0, pixels: 0, idealLayers: 0, layers: 0, tail: 0, ours: 0, png: 0, webp: 0, jxl: 0, count: 0 },
    ...{ encodeMs: 0, decodeMs: 0, colours: 0 },
    ends: [] as { sigma: number; psnr: number }[],
  };
  for (const picture of pictures) {
    const { sizes, rates, end, encodeMs, decodeMs } = await sizesOf(picture, jpegXl);
    totals.ends.push(end);
    for (const format of FORMATS) totals[format] += 8 * sizes[format];
    for (const part of ['idealLayers', 'layers', 'tail'] as const) totals[part] += rates[part];
    totals.samples += picture.data.length;
    totals.pixels += picture.width * picture.height;
    totals.encodeMs += encodeMs;
    totals.decodeMs += decodeMs;
    totals.colours += colourCount(picture);
    totals.count++;
  }
  return totals;
}

const jpegXl = await openJpegXl();
const limit = Number(values.limit);

/** The sets of pictures, by name. */
async function readSets(): Promise<[string, RawImage[]][]> {
  if (positionals.length > 0) return [['Files', await readPictures(positionals, limit)]];
  const photographs = await readPictures(KODAK_PATHS, limit);
  return [
    ['CIFAR-10', await readPictures([CIFAR_PATH], limit)],
    ['Kodak', photographs],
    ['Kodak halved', photographs.map(halvedPicture)],
    ['Graphics', await readGraphics(limit)],
  ];
}

const dot = await sizesOf({ data: new Uint8Array(3), width: 1, height: 1, channels: 3 }, jpegXl);
const totals: LosslessTotals[] = [];
for (const [name, pictures] of await readSets()) {
  totals.push(await measure(name, pictures, jpegXl));
  console.log(`${name}: done`);
}
const report: LosslessReport = { sets: totals, dot: dot.sizes };
for (const { text } of Object.values(losslessFigures(report))) console.log(text);
if (values.json) writeMeasurement(values.json, commandLine('bench:lossless'), report);
