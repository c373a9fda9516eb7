/** Predicts the scale of a sample's error from errors around it. docs/format.md, "Tail scales". */
import { f32 } from './float32.ts';
import { ForgettingRegression } from './forgetting-regression.ts';
import type { SamplePlanes } from './sample-planes.ts';

const INPUTS = 12;
/** Number of samples from which on the regression is used. */
const READY = 64;
const LEAST = f32(0.15);
const LEAST_LIMIT = f32(0.3);
const WEIGHT_FLOOR = f32(0.1);

/** Predictions of a sample, all in grey levels. */
export interface SamplePredictions {
  /** Mean and scale of the network's mixture. */
  readonly network: number;
  readonly scale: number;
  /** Means of the regression over the picture, and of that over the neighbourhood. */
  readonly global: number;
  readonly local: number;
  /** Mean error around the sample. */
  readonly around: number;
}

/** Regression of the mean absolute error of one colour. */
export class ScaleRegression {
  /** Mean absolute error that is expected of the current sample, in grey levels. */
  expected = 1;
  readonly #planes: SamplePlanes;
  readonly #errors: Float32Array;
  readonly #colour: number;
  readonly #regression: ForgettingRegression = new ForgettingRegression({
    inputs: INPUTS,
    rate: 2 ** -12,
    ridge: 2 ** -12,
    interval: 8,
  });

  /** @param errors - plane of the errors that it predicts */
  constructor(planes: SamplePlanes, errors: Float32Array, colour: number) {
    this.#planes = planes;
    this.#errors = errors;
    this.#colour = colour;
  }

  /** Sets `expected` for a sample, `p` its index in the planes. */
  predict(p: number, { network, scale, global, local, around }: SamplePredictions): void {
    const colour = this.#colour;
    const errors = this.#errors;
    const { grey } = this.#planes;
    const { inputs } = this.#regression;
    const at = (columns: number, rows: number): number => p + this.#planes.offset(columns, rows);
    const error = (columns: number, rows: number): number => errors[at(columns, rows)];
    inputs[0] = error(-1, 0);
    inputs[1] = error(0, -1);
    inputs[2] = error(-1, -1);
    inputs[3] = error(1, -1);
    inputs[4] = error(-2, 0) + error(0, -2);
    inputs[5] = f32(f32(error(2, -1) + error(-2, -1)) + error(-1, -2)) + error(1, -2);
    inputs[6] = scale;
    inputs[7] = 1;
    inputs[8] = colour > 0 ? errors[p - 1] : 0;
    inputs[9] = colour > 1 ? errors[p - 2] : 0;
    inputs[10] = Math.abs(f32(global - local)) + Math.abs(f32(network - global));
    const corner = grey[at(-1, -1)];
    inputs[11] = Math.abs(f32(grey[at(0, -1)] - corner)) + Math.abs(f32(grey[at(-1, 0)] - corner));
    if (this.#regression.samples < READY) {
      this.expected = f32(f32(0.5 * around) + f32(0.5 * scale));
      return;
    }
    const most = Math.max(f32(4 * f32(around + scale)), LEAST_LIMIT);
    this.expected = Math.min(Math.max(this.#regression.predict(), LEAST), most);
  }

  /** Learns the error of the current sample. */
  learn(error: number): void {
    const { expected } = this;
    this.#regression.learn(error, f32(1 / f32(f32(expected * expected) + WEIGHT_FLOOR)));
  }
}
