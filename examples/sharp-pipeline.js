/** Thumbnails of a folder of photographs at exactly 10 kB each, made with sharp: npm run example [-- FOLDER [OUT]] */
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
    console.log(file, info.bytes, 'bytes', info.psnr.toFixed(2), 'dB');
  }),
);
await codec.close();
