/** Inputs of the regressions that predict a sample from those around it. docs/format.md, "Tail regressions". */
import { f32 } from './float32.ts';
import { NEAR } from './neighbours.ts';
import type { SamplePlanes } from './sample-planes.ts';

/** Factor from grey levels to the unit of the regressions, 4 grey levels; of the noisy state, which counts less. */
const UNIT = 0.25;
const STATE_UNIT = f32(0.05);

/** How many of the nearest neighbours are inputs. */
export interface NeighbourCounts {
  /** Of the sample's own colour. */
  readonly own: number;
  /** Of each colour before it. */
  readonly other: number;
}

/** Number of inputs for a colour. */
export function inputCount({ own, other }: NeighbourCounts, colour: number): number {
  return own + 2 + colour * (other + 1);
}

/** Fills the inputs of a regression with differences from a prediction that it shall improve. */
export class RegressionInputs {
  readonly #planes: SamplePlanes;
  readonly #counts: NeighbourCounts;
  readonly #near: Int32Array;

  constructor(planes: SamplePlanes, counts: NeighbourCounts) {
    this.#planes = planes;
    this.#counts = counts;
    this.#near = planes.offsets(NEAR);
  }

  /**
   * Computes the inputs for a sample.
   *
   * @param at - first sample of the pixel
   * @param predictions - of the pixel's samples up to this colour, in grey levels
   */
  fill(inputs: Float32Array, at: number, colour: number, predictions: Float32Array): void {
    const { grey, mean, noise } = this.#planes;
    const { own, other } = this.#counts;
    const base = predictions[colour];
    const p = at + colour;
    let n = 0;
    for (let k = 0; k < own; k++) inputs[n++] = f32(grey[p + this.#near[k]] - base) * UNIT;
    inputs[n++] = f32(mean[p] - base) * UNIT;
    inputs[n++] = f32(f32(mean[p] + noise[p]) - base) * STATE_UNIT;
    for (let q = 0; q < colour; q++) {
      const known = grey[at + q];
      inputs[n++] = f32(known - predictions[q]) * UNIT;
      for (let k = 0; k < other; k++) inputs[n++] = f32(grey[at + this.#near[k] + q] - known) * UNIT;
    }
  }
}
