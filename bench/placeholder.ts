/**
 * Compares placeholders with blurhash, thumbhash and WebP: PSNR with respect to the picture at 32 pixels, over the 12
 * Kodak pictures in test/images and their mirror images.
 *
 *   npm run bench:placeholder -- [--json FILE] [--sheet FILE.png]
 *
 * Prints a Markdown table. Fails if a placeholder is too large, or if another method is better than ours at 64 bytes.
 * Takes 2 minutes.
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { decode as decodeBlurhash, encode as encodeBlurhashOfNpm } from 'blurhash';
import { placeholder, placeholderToImage, type RawImage, readImage, version, writeImage } from 'ddpm-codec';
import sharp from 'sharp';
import { rgbaToThumbHash, thumbHashToRGBA } from 'thumbhash';
import { distortion } from '#dist/image/distortion.js';
import { encodeBlurhash } from './blurhash.ts';

const FOLDER = 'test/images/kodak';
const SIDE = 32;
const SHEET_SCALE = 4;
const SHEET_GAP = 4;

/** A placeholder made by one method. */
interface Small {
  readonly bytes: number;
  readonly picture: RawImage;
  readonly encodeMs: number;
}

/** A method to make placeholders. */
interface Method {
  readonly name: string;
  /** Whether it has a column in the contact sheet. */
  readonly shown: boolean;
  run(picture: RawImage): Promise<Small>;
}

function withAlpha({ data, width, height }: RawImage): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) rgba.set(data.subarray(i * 3, i * 3 + 3), i * 4);
  return rgba;
}

function withoutAlpha(rgba: ArrayLike<number>, width: number, height: number): RawImage {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) data[i] = rgba[Math.floor(i / 3) * 4 + (i % 3)];
  return { data, width, height, channels: 3 };
}

async function resize(picture: RawImage, width: number, height: number): Promise<RawImage> {
  if (picture.width === width && picture.height === height) return picture;
  const raw = { width: picture.width, height: picture.height, channels: 3 as const };
  const pixels = sharp(picture.data, { raw }).resize(width, height, { fit: 'fill', kernel: 'cubic' });
  return { data: new Uint8Array(await pixels.raw().toBuffer()), width, height, channels: 3 };
}

function ours(bytes: number): Method {
  return {
    name: `ddpm-codec, ${bytes} bytes`,
    shown: bytes >= 32,
    async run(picture) {
      const start = performance.now();
      const data = await placeholder(picture, { bytes });
      const encodeMs = performance.now() - start;
      if (data.length > bytes) throw new Error(`${data.length} bytes, asked for ${bytes}`);
      return { bytes: data.length, picture: await placeholderToImage(data), encodeMs };
    },
  };
}

/**
 * Blurhash with `long` components along the longer side and `short` along the shorter one. Each character of the string
 * counts as a byte.
 *
 * @param npm - use the encoder of the npm package instead of ours
 */
function blurhash(long: number, short: number, shown: boolean, npm = false): Method {
  return {
    name: `blurhash${npm ? ' (npm encoder)' : ''}, ${long} x ${short}`,
    shown,
    async run(picture) {
      const { width, height } = picture;
      const [x, y] = width >= height ? [long, short] : [short, long];
      const start = performance.now();
      const hash = npm ? encodeBlurhashOfNpm(withAlpha(picture), width, height, x, y) : encodeBlurhash(picture, x, y);
      const encodeMs = performance.now() - start;
      const decoded = withoutAlpha(decodeBlurhash(hash, width, height), width, height);
      return { bytes: hash.length, picture: decoded, encodeMs };
    },
  };
}

const thumbhash: Method = {
  name: 'thumbhash',
  shown: true,
  async run(picture) {
    const { width, height } = picture;
    const start = performance.now();
    const hash = rgbaToThumbHash(width, height, withAlpha(picture));
    const encodeMs = performance.now() - start;
    // Thumbhash keeps the aspect ratio only approximately (32 x 23 for 32 x 21); resize to the true size.
    const { w, h, rgba } = thumbHashToRGBA(hash);
    return { bytes: hash.length, picture: await resize(withoutAlpha(rgba, w, h), width, height), encodeMs };
  },
};

/** WebP by sharp; quality 1 gives the smallest file. `writeImage` cannot be used, because its quality is always 95. */
function webp(quality: number): Method {
  return {
    name: `WebP, quality ${quality}`,
    shown: quality === 1,
    async run({ data, width, height }) {
      const start = performance.now();
      const file = await sharp(data, { raw: { width, height, channels: 3 } })
        .webp({ quality, effort: 6 })
        .toBuffer();
      const encodeMs = performance.now() - start;
      return { bytes: file.length, picture: await readImage(file), encodeMs };
    },
  };
}

function mirrored({ data, width, height, channels }: RawImage): RawImage {
  const out = new Uint8Array(data.length);
  for (let p = 0; p < width * height; p++) {
    const from = p - (p % width) + width - 1 - (p % width);
    out.set(data.subarray(from * channels, (from + 1) * channels), p * channels);
  }
  return { data: out, width, height, channels };
}

/** Resizes the picture to 32 pixels with sharp (Lanczos-3), not with our own filter. */
async function shrunk(path: string): Promise<RawImage> {
  const { data, info } = await sharp(path)
    .resize(SIDE, SIDE, { fit: 'inside' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data: new Uint8Array(data), width: info.width, height: info.height, channels: 3 };
}

async function readAll(): Promise<{ name: string; picture: RawImage }[]> {
  const pictures: { name: string; picture: RawImage }[] = [];
  for (const file of readdirSync(FOLDER)
    .filter((name) => name.endsWith('.png'))
    .sort()) {
    const picture = await shrunk(`${FOLDER}/${file}`);
    const name = file.replace('.png', '');
    pictures.push({ name, picture }, { name: `${name}, mirrored`, picture: mirrored(picture) });
  }
  return pictures;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Copies a picture into the sheet, enlarged. */
function paste(sheet: RawImage, picture: RawImage, left: number, top: number): void {
  const data = sheet.data as Uint8Array;
  for (let y = 0; y < picture.height * SHEET_SCALE; y++) {
    for (let x = 0; x < picture.width * SHEET_SCALE; x++) {
      const from = (Math.floor(y / SHEET_SCALE) * picture.width + Math.floor(x / SHEET_SCALE)) * 3;
      data.set(picture.data.subarray(from, from + 3), ((top + y) * sheet.width + left + x) * 3);
    }
  }
}

/** Writes a contact sheet: rows of pictures under a line of headings. */
async function writeSheet(path: string, headings: readonly string[], rows: readonly RawImage[][]): Promise<void> {
  const cell = SIDE * SHEET_SCALE + SHEET_GAP;
  const head = 24;
  const width = headings.length * cell + SHEET_GAP;
  const heights = rows.map((row) => row[0].height * SHEET_SCALE + SHEET_GAP);
  const height = head + heights.reduce((sum, h) => sum + h, 0) + SHEET_GAP;
  const sheet: RawImage = { data: new Uint8Array(width * height * 3).fill(255), width, height, channels: 3 };
  let top = head;
  rows.forEach((row, r) => {
    row.forEach((picture, c) => {
      const left = SHEET_GAP + c * cell + Math.floor(((SIDE - picture.width) * SHEET_SCALE) / 2);
      paste(sheet, picture, left, top);
    });
    top += heights[r];
  });
  const texts = headings.map((text, c) => `<text x="${SHEET_GAP + (c + 0.5) * cell}" y="17">${text}</text>`).join('');
  const style = 'font-family="sans-serif" font-size="12" text-anchor="middle"';
  const svg = Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${head}"><g ${style}>${texts}</g></svg>`,
  );
  const file = await sharp(await writeImage(sheet, 'png'))
    .composite([{ input: svg, left: 0, top: 0 }])
    .png({ palette: false, compressionLevel: 9 })
    .toBuffer();
  writeFileSync(path, file);
}

const { values } = parseArgs({ options: { json: { type: 'string' }, sheet: { type: 'string' } } });
const methods: readonly Method[] = [
  ...[16, 24, 32, 48, 64].map(ours),
  blurhash(4, 3, true),
  blurhash(6, 5, true),
  blurhash(4, 3, false, true),
  blurhash(6, 5, false, true),
  thumbhash,
  webp(1),
  webp(20),
];
const pictures = await readAll();
if (pictures.length !== 24) throw new Error(`expected 24 pictures in ${FOLDER}, got ${pictures.length}`);
const results: { picture: string; method: string; bytes: number; psnr: number; encodeMs: number }[] = [];
const rows: RawImage[][] = [];
for (const { name, picture } of pictures) {
  const row = [picture];
  for (const method of methods) {
    const { bytes, picture: decoded, encodeMs } = await method.run(picture);
    results.push({
      picture: name,
      method: method.name,
      bytes,
      psnr: distortion(decoded.data, picture.data).psnr,
      encodeMs,
    });
    if (method.shown) row.push(decoded);
  }
  rows.push(row);
}

const psnrOf = (picture: string, method: string): number =>
  results.find((result) => result.picture === picture && result.method === method)?.psnr ?? Number.NaN;
/** Number of pictures on which ours, with a given number of bytes, is better than another method. */
const wins = (bytes: number, method: string): number =>
  pictures.filter(({ name }) => psnrOf(name, `ddpm-codec, ${bytes} bytes`) > psnrOf(name, method)).length;

console.log(`ddpm-codec ${version}, Node ${process.version}, ${cpus()[0]?.model ?? 'unknown CPU'}\n`);
console.log(
  '| method | bytes, mean | PSNR, mean | worst | best | ours at 64 bytes is better on | at 32 bytes | encode, ms |',
);
console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
for (const { name } of methods) {
  const own = results.filter(({ method }) => method === name);
  const psnr = own.map((result) => result.psnr);
  const against = name.startsWith('ddpm')
    ? ['', '']
    : [64, 32].map((bytes) => `${wins(bytes, name)} of ${pictures.length}`);
  const cells = [mean(own.map(({ bytes }) => bytes)).toFixed(1), mean(psnr).toFixed(2), Math.min(...psnr).toFixed(2)];
  const time = mean(own.map(({ encodeMs }) => encodeMs)).toFixed(0);
  console.log(`| ${[name, ...cells, Math.max(...psnr).toFixed(2), ...against, time].join(' | ')} |`);
}
const columns = ['ddpm-codec, 32 bytes', 'ddpm-codec, 64 bytes', 'blurhash, 4 x 3', 'blurhash, 6 x 5', 'thumbhash'];
console.log(`\n| picture | ${columns.join(' | ')} |\n| --- |${columns.map(() => ' --- |').join('')}`);
for (const { name } of pictures)
  console.log(`| ${name} | ${columns.map((c) => psnrOf(name, c).toFixed(2)).join(' | ')} |`);

if (values.json)
  writeFileSync(values.json, `${JSON.stringify({ version, node: process.version, results }, null, 2)}\n`);
if (values.sheet) {
  const short = (name: string): string => name.replace('ddpm-codec, ', '').replace('quality ', 'q');
  await writeSheet(
    values.sheet,
    ['at 32 pixels', ...methods.filter(({ shown }) => shown).map(({ name }) => short(name))],
    rows,
  );
}
for (const rival of ['blurhash, 4 x 3', 'blurhash, 6 x 5', 'thumbhash']) {
  const count = wins(64, rival);
  if (count < pictures.length) {
    console.error(`64 bytes beat ${rival} on only ${count} of ${pictures.length} pictures`);
    process.exitCode = 1;
  }
}
