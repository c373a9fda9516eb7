/**
 * Compresses a photograph once and decodes it from several prefixes of the one file; beside it a progressive JPEG of about
 * the same size, cut at the same bytes.
 *
 *   npm run demo [-- IMAGE [FOLDER]]
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { compareImages, createCodec, readImage, writeImage } from 'ddpm-codec';
import sharp from 'sharp';

const [path = 'test/images/kodak/kodim23.png', folder = 'out'] = process.argv.slice(2);
const name = basename(path).replace(/\.\w+$/, '');
const image = await readImage(await readFile(path), { source: path });
await mkdir(folder, { recursive: true });
const codec = await createCodec(); // a thread for each core

/** The best progressive JPEG of at most so many bytes, or the smallest one. */
async function jpegOf(bytes) {
  const { width, height, channels } = image;
  for (let quality = 95; ; quality -= 5) {
    const pixels = sharp(image.data, { raw: { width, height, channels } });
    const file = await pixels.jpeg({ quality, mozjpeg: true }).toBuffer();
    if (file.length <= bytes || quality === 5) return file;
  }
}

/** PSNR of the picture that the first bytes of a JPEG give, in words. */
async function jpegPsnr(file) {
  const { channels } = image;
  const picture = sharp(file, { failOn: 'none' }).toColourspace(channels < 3 ? 'b-w' : 'srgb');
  const pixels = await (channels % 2 === 0 ? picture.ensureAlpha() : picture)
    .raw()
    .toBuffer()
    .catch(() => null); // too few bytes even for the size
  return pixels ? `${compareImages({ ...image, data: pixels }, image).psnr.toFixed(2)} dB` : 'no picture';
}

console.log(`${path}: ${image.width} x ${image.height}, encoding ...`);
const { data, info } = await codec.encode(image);
await writeFile(join(folder, `${name}.ddpm`), data);
console.log(`${name}.ddpm: ${info.bytes} bytes in ${(info.timing.totalMs / 1000).toFixed(1)} s`);
const jpeg = await jpegOf(data.length);
await writeFile(join(folder, `${name}.jpg`), jpeg);
console.log(`${name}.jpg: ${jpeg.length} bytes`);

const sizes = [400, 2_000, 3_500, 5_000, 7_000, 10_000, 14_000, 20_000];
for (const bytes of [...sizes.filter((size) => size < data.length), data.length]) {
  const { data: pixels, info: part } = await codec.decode(data.subarray(0, bytes));
  const { width, height, channels } = part;
  const picture = { data: pixels, width, height, channels };
  const file = join(folder, `${name}-${bytes}.png`);
  await writeFile(file, await writeImage(picture, 'png'));
  const { psnr } = compareImages(picture, image);
  const other = await jpegPsnr(jpeg.subarray(0, bytes));
  console.log(`first ${bytes} bytes -> ${file}: ${psnr.toFixed(2)} dB, of the JPEG ${other}`);
}
await codec.close();
