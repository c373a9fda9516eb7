/**
 * Makes thumbnails of a folder of photographs with sharp and encodes each to at most 10 kB.
 *
 *   npm run example [-- FOLDER [OUT]]
 */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { createCodec } from 'ddpm-codec';
import sharp from 'sharp';

const [folder = 'test/images/kodak', out = 'out'] = process.argv.slice(2);
await mkdir(out, { recursive: true });
const codec = await createCodec();
await Promise.all(
  (await readdir(folder)).map(async (file) => {
    const { data, info } = await codec.encode(sharp(join(folder, file)).resize({ width: 192 }), { bytes: 10_000 });
    await writeFile(join(out, `${parse(file).name}.ddpm`), data);
    console.log(file, info.bytes, 'bytes', info.bpp.toFixed(2), 'bits a pixel');
  }),
);
await codec.close();
