/** Looks at the reverse steps of an encoder: how far its states are from the image, and how large its residuals are. */
import type { Executor, TileJob } from 'ddpm-codec/codec';
import { GainedBlocks } from '#dist/codec/executor/gained-posterior.js';
import { whitenedDifference } from '#dist/codec/math/tile-whitening.js';

/** What is summed over the samples of a tile in a reverse step. */
export interface StepSums {
  readonly samples: number;
  /** Squared distance of the state after the step to the image, at the pyramid level of the step. */
  readonly noise: number;
  /**
   * Squares of the whitened residual U(x - D'), each over its predicted variance. With the target a and the residual
   * variance r of docs/design/codec.md, section 3, this is a^2 / (1 - r).
   */
  readonly residual: number;
  /** Ideal bits that the model expects of an image that is as it says: -1/2 log2 r. */
  readonly expectedBits: number;
}

function residualSum(residual: Float32Array, model: TileJob['model']): number {
  const { blockVariance, shape } = model;
  const gained = new GainedBlocks(model);
  const { factors, shares } = gained;
  let sum = 0;
  for (let block = 0, at = 0; block < blockVariance.length; block++) {
    gained.visit(blockVariance[block]);
    for (let i = 0; i < shape.length; i++, at++) {
      sum += residual[at] ** 2 / (blockVariance[block] * shape[i] * factors[i] * shares[i]);
    }
  }
  return sum;
}

function squaredDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return sum;
}

/** The same executor; `observe` is called after each step of a tile, with the number of its layer. */
export function observeSteps(executor: Executor, observe: (layer: number, sums: StepSums) => void): Executor {
  return {
    ...executor,
    async takeStep(job) {
      const { code, mean, model, key } = job;
      if (code.kind !== 'convey') throw new Error('only an encoder has residuals');
      const residual = code.residual.slice(); // the executor may change the original
      const result = await executor.takeStep(job);
      // y - x is (y - D') - (x - D'), and U keeps lengths; the executor has changed D to D'.
      const noise = squaredDistance(whitenedDifference(result.y, mean, model.size), residual);
      const { expectedBits } = result;
      observe(key.layer, { samples: residual.length, noise, residual: residualSum(residual, model), expectedBits });
      return result;
    },
  };
}
