/**
 * Compresses a photograph once and decodes it from several prefixes of the one file.
 *
 *   npm run demo [-- IMAGE [FOLDER]]
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { compareImages, decode, encode, readImage, writeImage } from 'ddpm-codec';

const [path = 'test/images/kodak/kodim23.png', folder = 'out'] = process.argv.slice(2);
const name = basename(path).replace(/\.\w+$/, '');
const image = await readImage(await readFile(path), { source: path });
await mkdir(folder, { recursive: true });

console.log(`${path}: ${image.width} x ${image.height}, encoding ...`);
const { data, info } = await encode(image, { effort: 4 });
await writeFile(join(folder, `${name}.ddpm`), data);
console.log(`${name}.ddpm: ${info.bytes} bytes in ${(info.timing.totalMs / 1000).toFixed(1)} s`);

for (const bytes of [400, 2_000, 5_000, 10_000, 20_000, data.length]) {
  const prefix = data.subarray(0, bytes);
  const { data: pixels, info: part } = await decode(prefix);
  const { width, height, channels } = part;
  const picture = { data: pixels, width, height, channels };
  const file = join(folder, `${name}-${bytes}.png`);
  await writeFile(file, await writeImage(picture, 'png'));
  const { psnr } = compareImages(picture, image);
  const layers = `${part.layers.length} of ${part.layersTotal} layers`;
  console.log(`first ${bytes} bytes -> ${file}: ${layers}, ${part.bpp.toFixed(3)} bpp, ${psnr.toFixed(2)} dB`);
}
