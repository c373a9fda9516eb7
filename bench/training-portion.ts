/** Loss and gradient of one portion of a batch, for measurements of speed. */
import { readFileSync } from 'node:fs';
import type { Backend } from 'ddpm-codec/model';
import { parseTrainingConfig } from 'ddpm-codec/training';
import { Differentiator } from '#dist/model/training/differentiator.js';
import { initialVector, layOut } from '#dist/model/training/parameter-layout.js';
import { photoNetwork } from '#dist/model/training/photo-network.js';
import type { TrainableNetwork } from '#dist/model/training/trainable-network.js';
import { uniformOf } from '#dist/model/training/training-random.js';
import { unetNetwork } from '#dist/model/training/unet-network.js';

function networkOf(path: string): { network: TrainableNetwork; side: number } {
  const { network, seed, data } = parseTrainingConfig(readFileSync(path, 'utf8'), path);
  const trainable =
    network.architecture === 'photo-net' ? photoNetwork({ ...network, seed }) : unetNetwork({ ...network, seed });
  return { network: trainable, side: data.crop };
}

/**
 * Opens the network of a config, at the start of its training, and runs it once.
 *
 * @param config - path of a training config
 * @param images - random images in the portion
 * @returns the number of parameters, and what computes loss and gradient
 */
export async function openPortion(
  config: string,
  images: number,
  backend: Backend,
): Promise<{ parameters: number; run: () => Promise<number> }> {
  const { network, side } = networkOf(config);
  const differentiator = new Differentiator(network, backend);
  const vector = initialVector(layOut(network.parameters), (one) => network.initialBound(one), uniformOf(0));
  const uniform = uniformOf(1);
  const batch = {
    images: Float32Array.from({ length: images * side * side * 3 }, () => 2 * uniform() - 1),
    shape: { batch: images, height: side, width: side },
    step: 0,
    first: 0,
    total: images,
  };
  const gradient = new Float32Array(vector.length);
  const run = (): Promise<number> => differentiator.run(vector, batch, { portion: images, gradient });
  const loss = await run();
  if (!(loss > 0 && gradient.some((value) => value !== 0))) throw new Error(`no gradient: loss ${loss}`);
  return { parameters: vector.length, run };
}
