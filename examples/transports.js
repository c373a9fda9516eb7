/**
 * Compares transports: encodes a photograph with the same reverse walk and the three transports of the package, and
 * with a fourth one that is defined here. Prints bits and PSNR.
 *
 *   node examples/transports.js [IMAGE]
 */
import { readFile } from 'node:fs/promises';
import { compareImages, models, readImage } from 'ddpm-codec';
import {
  coarsestLevel,
  ditheredTransport,
  encodeWalk,
  ImagePyramid,
  idealTransport,
  inlineExecutor,
  ladder,
  pictureOf,
  trellisTransport,
  WalkRun,
} from 'ddpm-codec/codec';
import { loadModel } from 'ddpm-codec/model';

const END_SIGMA = 0.125;
const STEP_EIGHTHS = 8; // a step of 1 in log-SNR, as at the default effort

const [path = 'test/images/kodak/kodim23.png'] = process.argv.slice(2);
const image = await readImage(await readFile(path), { source: path });
const [shipped] = await models.list();
const model = await loadModel(await readFile(shipped.path), { source: shipped.path });
const steps = ladder(coarsestLevel(image), STEP_EIGHTHS, Math.round(256 * Math.log2(END_SIGMA)));

/**
 * A transport is an object with a method `convey`, which gets targets a and variances r and returns values c. These
 * should be indistinguishable from samples of N(a, r). This transport sends nothing and samples from the prior N(0, 1),
 * as unconditional sampling does.
 */
const nothing = {
  name: 'nothing',
  convey: ({ target }) => ({ values: target.map(() => gaussian()), packed: null, bits: 0 }),
};
function gaussian() {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
}

console.log(`${path}: ${image.width} x ${image.height}, ${steps.length} layers down to sigma ${END_SIGMA}`);
console.log('transport  message bits  KL bits (ideal)  PSNR');
for (const transport of [idealTransport('seed'), trellisTransport({ beamWidth: 64 }), ditheredTransport(), nothing]) {
  const run = new WalkRun(inlineExecutor(model, transport));
  let bits = 0;
  let idealBits = 0;
  let psnr = 0;
  for await (const { tiles, mean, level } of encodeWalk({ run, image: new ImagePyramid(image), seed: 0, steps })) {
    for (const tile of tiles) {
      bits += tile.bits;
      idealBits += tile.idealBits;
    }
    psnr = compareImages(pictureOf(mean, level, image, image.channels), image).psnr;
  }
  // The ideal transport makes no message; its rate is the KL divergence.
  const message = transport.name === 'ideal' ? '-' : String(bits);
  console.log(
    `${transport.name.padEnd(9)}  ${message.padStart(12)}  ${idealBits.toFixed(0).padStart(15)}  ${psnr.toFixed(2)}`,
  );
}
model.denoiser.dispose();
