/**
 * Compares lossless files with PNG, WebP and JPEG XL, in bytes of whole files. Checks every round trip. With --docs,
 * writes the table into docs/lossless.md.
 *
 *   npm run bench:lossless -- [--docs FILE] [--limit 128] [--effort 5] [FILES]
 *
 * FILES: image files, or CIFAR-10 binary files; default: test/images.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { decode, encode, type RawImage } from 'ddpm-codec';
import sharp from 'sharp';
import { readPictures } from './pictures.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    docs: { type: 'string' },
    limit: { type: 'string', default: '128' },
    effort: { type: 'string', default: '5' },
  },
});

/** Sums over all pictures of a set; sizes are in bits. */
interface Totals {
  readonly name: string;
  samples: number;
  pixels: number;
  idealLayers: number;
  layers: number;
  tail: number;
  ours: number;
  png: number;
  webp: number;
  jxl: number;
  count: number;
  encodeMs: number;
  decodeMs: number;
}

type Format = 'ours' | 'png' | 'webp' | 'jxl';
const FORMATS: readonly Format[] = ['ours', 'png', 'webp', 'jxl'];

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
  const rates = { idealLayers: info.idealBits, layers: info.actualBits, tail: 8 * (info.tail?.bytes ?? 0) };
  const sizes = { ours: file.length, png: png.length, webp: webp.length, jxl: await jpegXl(picture) };
  return { sizes, rates, encodeMs: encoded - start, decodeMs };
}

async function measure(name: string, pictures: readonly RawImage[], jpegXl: (p: RawImage) => Promise<number>) {
  const totals: Totals = {
    name,
    ...{ samples: 0, pixels: 0, idealLayers: 0, layers: 0, tail: 0, ours: 0, png: 0, webp: 0, jxl: 0, count: 0 },
    ...{ encodeMs: 0, decodeMs: 0 },
  };
  for (const picture of pictures) {
    const { sizes, rates, encodeMs, decodeMs } = await sizesOf(picture, jpegXl);
    for (const format of FORMATS) totals[format] += 8 * sizes[format];
    for (const part of ['idealLayers', 'layers', 'tail'] as const) totals[part] += rates[part];
    totals.samples += picture.data.length;
    totals.pixels += picture.width * picture.height;
    totals.encodeMs += encodeMs;
    totals.decodeMs += decodeMs;
    totals.count++;
  }
  return totals;
}

/** Rows of the table, in bits a sample over the whole set. */
function rows(totals: readonly Totals[], overhead: Record<Format, number>): string[] {
  const per = (bits: number, t: Totals): string => (bits / t.samples).toFixed(4);
  const without = (format: Format, t: Totals): string => per(t[format] - 8 * overhead[format] * t.count, t);
  const line = (name: string, of: (t: Totals) => string): string => `| ${name} | ${totals.map(of).join(' | ')} |`;
  return [
    `| bits a sample | ${totals.map((t) => `${t.name}, ${t.count} pictures`).join(' | ')} |`,
    `| --- | ${totals.map(() => '---').join(' | ')} |`,
    line('layers, ideal (KL divergence)', (t) => per(t.idealLayers, t)),
    line('layers, real', (t) => per(t.layers, t)),
    line('tail, real', (t) => per(t.tail, t)),
    line('**ddpm-codec, whole files**', (t) => `**${per(t.ours, t)}**`),
    line('JPEG XL (libjxl, effort 9)', (t) => per(t.jxl, t)),
    line('WebP lossless (effort 6)', (t) => per(t.webp, t)),
    line('PNG (level 9)', (t) => per(t.png, t)),
    line('ddpm-codec, less a 1x1 picture each', (t) => without('ours', t)),
    line('JPEG XL, less a 1x1 picture each', (t) => without('jxl', t)),
    line('WebP lossless, less a 1x1 picture each', (t) => without('webp', t)),
    line('PNG, less a 1x1 picture each', (t) => without('png', t)),
    line('bytes: ddpm-codec, JPEG XL, WebP, PNG', (t) => [t.ours, t.jxl, t.webp, t.png].map((b) => b / 8).join(', ')),
    line('encode, decode: ms a picture, 1 thread', (t) =>
      [t.encodeMs, t.decodeMs].map((ms) => (ms / t.count).toFixed(0)).join(', '),
    ),
  ];
}

const jpegXl = await openJpegXl();
const kodak = readdirSync('test/images/kodak').map((name) => `test/images/kodak/${name}`);
const paths = positionals.length > 0 ? positionals : ['test/images/cifar10-test-128.bin', ...kodak];
const sets = [
  { name: 'CIFAR-10', paths: paths.filter((path) => path.endsWith('.bin')) },
  { name: 'Kodak', paths: paths.filter((path) => !path.endsWith('.bin')) },
].filter((set) => set.paths.length > 0);
const dot = await sizesOf({ data: new Uint8Array(3), width: 1, height: 1, channels: 3 }, jpegXl);
const totals: Totals[] = [];
for (const set of sets)
  totals.push(await measure(set.name, await readPictures(set.paths, Number(values.limit)), jpegXl));
const table = rows(totals, dot.sizes).join('\n');
console.log(table);
console.log(`a 1x1 picture takes ${FORMATS.map((format) => `${format} ${dot.sizes[format]}`).join(', ')} bytes`);
if (values.docs) {
  const text = readFileSync(values.docs, 'utf8');
  const marked = /(<!-- table of bench\/lossless.ts -->\n)[\s\S]*?(\n<!-- end -->)/;
  if (!marked.test(text)) throw new Error(`${values.docs} has no place for the table`);
  const dots = FORMATS.map((format) => `${format === 'ours' ? 'ddpm-codec' : format} ${dot.sizes[format]}`).join(', ');
  writeFileSync(values.docs, text.replace(marked, `$1\n${table}\n\nBytes of a 1x1 picture: ${dots}.\n$2`));
}
