/**
 * Compares the scale of `quality` with that of WebP in sharp: mean PSNR of the Kodak photographs at the same numbers.
 *
 *   npm run bench:quality -- [--quality 30,50,70,80,90,95] [--effort 1] [--limit 12]
 */
import { parseArgs } from 'node:util';
import { encode, type RawImage } from 'ddpm-codec';
import sharp from 'sharp';
import { distortion } from '#dist/image/distortion.js';
import { mean } from './mean.ts';
import { KODAK_PATHS, readPictures } from './pictures.ts';

const { values } = parseArgs({
  options: {
    quality: { type: 'string', default: '30,50,70,80,90,95' },
    effort: { type: 'string', default: '1' },
    limit: { type: 'string', default: '12' },
  },
});

/** PSNR in dB of a picture as WebP. */
async function webpPsnr({ data, width, height, channels }: RawImage, quality: number): Promise<number> {
  const file = await sharp(data, { raw: { width, height, channels } }).webp({ quality }).toBuffer();
  const decoded = await sharp(file).raw().toBuffer();
  return distortion(new Uint8Array(decoded), data).psnr;
}

const pictures = await readPictures(KODAK_PATHS, Number(values.limit));
console.log('quality  WebP, dB  ours, dB  difference');
for (const quality of values.quality.split(',').map(Number)) {
  const webp: number[] = [];
  const ours: number[] = [];
  for (const picture of pictures) {
    webp.push(await webpPsnr(picture, quality));
    const { info } = await encode(picture, { quality, effort: Number(values.effort), reportPsnr: true });
    ours.push(info.psnr ?? Number.NaN);
  }
  const [a, b] = [mean(webp), mean(ours)];
  console.log(
    `${String(quality).padStart(7)}  ${a.toFixed(2).padStart(8)}  ${b.toFixed(2).padStart(8)}  ${(b - a).toFixed(2)}`,
  );
}
