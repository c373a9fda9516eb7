/**
 * The network's answer for a sample: a mixture of three logistic distributions. docs/format.md, "Tail network".
 */
import { COMPONENTS, INPUTS, OUTPUTS } from '../tail-network-layout.ts';
import type { NetworkSums } from '../tail-network-sums.ts';
import { exp32, f32 } from './float32.ts';
import { FEATURES, type PixelFeatures } from './pixel-features.ts';

/** Outputs of the sums are multiples of 2^-22. */
const SUM_STEP = 2 ** -22;
const INPUT_UNIT = 1024;
const INPUT = { min: -16, max: f32(15.999) } as const;
/** Limits of the outputs that are logarithms of scales, relative to the unit of the pixel. */
const LOG_SCALE = { min: -6, max: 4 } as const;

/** Rounds a feature to a multiple of 2^-10, given as integer. */
function quantise(value: number): number {
  return Math.floor(f32(f32(Math.min(Math.max(value, INPUT.min), INPUT.max) * INPUT_UNIT) + 0.5));
}

/** Mixtures in grey levels. */
export class NetworkMixture {
  /** Weights of the components, with sum 1; their means and scales in grey levels. */
  readonly weights: Float32Array = new Float32Array(COMPONENTS);
  readonly means: Float32Array = new Float32Array(COMPONENTS);
  readonly scales: Float32Array = new Float32Array(COMPONENTS);
  /** Means of the components' means and scales, by their weights. */
  mean = 0;
  scale = 1;
  readonly #sums: NetworkSums;
  readonly #inputs: Int16Array = new Int16Array(INPUTS);
  readonly #outputs: Int32Array = new Int32Array(OUTPUTS);
  readonly #before: Int32Array = new Int32Array(3);

  constructor(sums: NetworkSums) {
    this.#sums = sums;
  }

  /** Starts a pixel. */
  visit({ values }: PixelFeatures): void {
    for (let i = 0; i < FEATURES; i++) this.#inputs[i] = quantise(values[i]);
    this.#sums.visit(this.#inputs);
  }

  /**
   * Computes the mixture of a colour of the pixel.
   *
   * @param centre - posterior mean of the sample in grey levels
   * @param unit - of the pixel, in grey levels
   */
  predict(colour: number, centre: number, unit: number): void {
    const { weights, means, scales } = this;
    const outputs = this.#outputs;
    this.#sums.predict(colour, this.#before[0], this.#before[1], outputs);
    const largest = Math.max(outputs[0], outputs[1], outputs[2]);
    for (let k = 0; k < COMPONENTS; k++) {
      weights[k] = exp32(f32(f32(outputs[k] - largest) * SUM_STEP));
      means[k] = centre + f32(f32(f32(outputs[COMPONENTS + k]) * SUM_STEP) * unit);
      const logScale = f32(f32(outputs[2 * COMPONENTS + k]) * SUM_STEP);
      scales[k] = exp32(Math.min(Math.max(logScale, LOG_SCALE.min), LOG_SCALE.max)) * unit;
    }
    const sum = f32(f32(weights[0] + weights[1]) + weights[2]);
    for (let k = 0; k < COMPONENTS; k++) weights[k] /= sum;
    this.mean = this.#average(means);
    this.scale = this.#average(scales);
  }

  /** Tells the squeezed residual of a coded colour of the pixel, for the colours after it. */
  tell(colour: number, squeezedResidual: number): void {
    this.#before[colour] = quantise(squeezedResidual);
  }

  #average(values: Float32Array): number {
    const { weights } = this;
    return f32(f32(f32(weights[0] * values[0]) + f32(weights[1] * values[1])) + f32(weights[2] * values[2]));
  }
}
