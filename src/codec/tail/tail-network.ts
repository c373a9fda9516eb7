/**
 * The tail's network: maps the features of a pixel to a mixture of three logistic distributions for each colour. Its
 * layers are integer arithmetic, so that every machine gets the same. Trained by scripts/train-tail.js.
 * docs/format.md, "Tail network".
 *
 * The colours share the sums of the first layer. Each adds terms for the residuals of the colours before it, and has
 * further layers of its own.
 */
import { embeddedBytes } from '../../base/embedded-wasm.ts';
import { exp } from '../math/portable-math.ts';
import { FEATURES, type TailContext } from './tail-features.ts';
import { openTailKernel, type TailKernel } from './tail-kernel.ts';
import { COMPONENTS, INPUT_UNIT, INPUTS, OUTPUTS, WEIGHT_UNIT } from './tail-network-layout.ts';
import { type NetworkSums, ReferenceSums } from './tail-network-sums.ts';
import { TAIL_WEIGHTS_BASE64 } from './tail-network-weights.ts';

/** Sums and outputs are multiples of 1 / SUM_UNIT. */
const SUM_UNIT = INPUT_UNIT * WEIGHT_UNIT;
/** Limits of the outputs that are logarithms of scales, relative to the scale of the pixel. */
const LOG_SCALE = { min: -6, max: 4 } as const;

/** The shipped weights as bytes, little-endian. */
export function tailWeights(): Uint8Array {
  return embeddedBytes(TAIL_WEIGHTS_BASE64);
}

/** Rounds a feature to the network's input unit. */
function quantise(value: number): number {
  return Math.floor(Math.min(Math.max(value, -16), 15.999) * INPUT_UNIT + 0.5);
}

/** The network, with its outputs converted to mixtures. */
export class TailNetwork {
  /** Output: weights of the mixture's components, with sum 1. */
  readonly weights: Float64Array = new Float64Array(COMPONENTS);
  /** Output: the components' means as distances from D, and their scales, both in units of the pixel's scale. */
  readonly means: Float64Array = new Float64Array(COMPONENTS);
  readonly scales: Float64Array = new Float64Array(COMPONENTS);
  readonly #sums: NetworkSums;
  readonly #inputs: Int16Array = new Int16Array(INPUTS);
  readonly #outputs: Int32Array = new Int32Array(OUTPUTS);

  /** @param sums - implementation of the sums; default: the SIMD kernel, or the reference where that cannot start */
  constructor(sums?: NetworkSums) {
    const weights = tailWeights();
    const kernel: TailKernel | undefined = sums ? undefined : openTailKernel(weights);
    this.#sums = sums ?? kernel ?? new ReferenceSums(weights);
  }

  /** Name of the implementation that computes the sums. */
  get name(): string {
    return this.#sums.name;
  }

  /** Starts the pixel that a context visits. */
  visit({ features }: TailContext): void {
    for (let i = 0; i < FEATURES; i++) this.#inputs[i] = quantise(features[i]);
    this.#sums.visit(this.#inputs);
  }

  /** Computes `weights`, `means` and `scales` for a colour; the colours before it must be coded. */
  predict(context: TailContext, colour: number): void {
    const first = colour > 0 ? quantise(context.squeezedResidual(0)) : 0;
    const second = colour > 1 ? quantise(context.squeezedResidual(1)) : 0;
    const outputs = this.#outputs;
    this.#sums.predict(colour, first, second, outputs);
    const largest = Math.max(outputs[0], outputs[1], outputs[2]);
    let sum = 0;
    for (let k = 0; k < COMPONENTS; k++) {
      this.weights[k] = exp((outputs[k] - largest) / SUM_UNIT);
      sum += this.weights[k];
      this.means[k] = outputs[COMPONENTS + k] / SUM_UNIT;
      const logScale = outputs[2 * COMPONENTS + k] / SUM_UNIT;
      this.scales[k] = exp(Math.min(Math.max(logScale, LOG_SCALE.min), LOG_SCALE.max));
    }
    for (let k = 0; k < COMPONENTS; k++) this.weights[k] /= sum;
  }
}
