/**
 * Uses the model without the codec: adds noise of standard deviation sigma to a photograph and removes it with the
 * model.
 *
 *   node examples/denoise.js [IMAGE [SIGMA [FOLDER]]]
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compareImages, models, readImage, writeImage } from 'ddpm-codec';
import { loadModel } from 'ddpm-codec/model';

const [path = 'test/images/kodak/kodim23.png', sigmaText = '0.4', folder = 'out'] = process.argv.slice(2);
const sigma = Number(sigmaText); // of samples in [-1, 1]: 0.4 is 51 grey levels
const { data, width, height, channels } = await readImage(await readFile(path), { source: path });
if (channels !== 3) throw new Error(`${path}: expected RGB without alpha, got ${channels} channels`);

const [shipped] = await models.list();
const { denoiser } = await loadModel(await readFile(shipped.path), { source: shipped.path });
const shape = { batch: 1, width: down(width, denoiser.sizeMultiple), height: down(height, denoiser.sizeMultiple) };
function down(side, multiple) {
  return side - (side % multiple);
}

const clean = new Float32Array(shape.width * shape.height * 3);
for (let y = 0, to = 0; y < shape.height; y++) {
  for (let x = 0; x < shape.width * 3; x++) clean[to++] = data[y * width * 3 + x] / 127.5 - 1;
}
const noisy = clean.map((sample) => sample + sigma * gaussian());
function gaussian() {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
}

const { mean } = await denoiser.denoise(noisy, shape, sigma);
denoiser.dispose();

await mkdir(folder, { recursive: true });
const original = picture(clean);
for (const [name, samples] of Object.entries({ noisy, denoised: mean })) {
  const file = join(folder, `${name}.png`);
  await writeFile(file, await writeImage(picture(samples), 'png'));
  console.log(`${file}: ${compareImages(picture(samples), original).psnr.toFixed(2)} dB`);
}
function picture(samples) {
  const { width, height } = shape;
  return {
    data: Uint8Array.from(samples, (x) => Math.min(255, Math.max(0, Math.round((x + 1) * 127.5)))),
    width,
    height,
    channels: 3,
  };
}
