// Writes the app's sample, a photograph and its .ddpm file, into app/public, unless they are newer than the build of the codec.
//
//     node app/build/make-sample.js
import { copyFileSync, existsSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = (relative) => fileURLToPath(new URL(`../../${relative}`, import.meta.url));
const photograph = path('test/images/kodak/kodim23.png');
const picture = path('app/public/sample.png');
const stream = path('app/public/sample.ddpm');

const made = existsSync(stream) && existsSync(picture) ? statSync(stream).mtimeMs : 0;
if (made < statSync(path('dist/.sources.json')).mtimeMs) {
  const { encode } = await import('ddpm-codec');
  const { data, info } = await encode(photograph, { bytes: 60_000, reportPsnr: true });
  copyFileSync(photograph, picture);
  writeFileSync(stream, data);
  console.log(`make-sample: ${info.bytes} bytes, ${info.psnr?.toFixed(2)} dB`);
}
