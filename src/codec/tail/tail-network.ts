/**
 * The tail's network: from the features of a pixel to a mixture of three logistic distributions for each colour. Integers all
 * through, so that every machine gets the same. docs/format.md, "Tail network"; trained by scripts/train-tail.js.
 *
 * The first layer's sums are shared by the colours; each adds what it knows of the colours before it and has layers of its own.
 */
import { embeddedBytes } from '../../base/embedded-wasm.ts';
import { exp } from '../math/portable-math.ts';
import { FEATURES, type TailContext } from './tail-features.ts';
import { openTailKernel, type TailKernel } from './tail-kernel.ts';
import { COMPONENTS, INPUT_UNIT, INPUTS, OUTPUTS, WEIGHT_UNIT } from './tail-network-layout.ts';
import { type NetworkSums, ReferenceSums } from './tail-network-sums.ts';
import { TAIL_WEIGHTS_BASE64 } from './tail-network-weights.ts';

const SUM_UNIT = INPUT_UNIT * WEIGHT_UNIT;
/** Outputs beyond these are cut: logarithm of a scale over the pixel's. */
const LOG_SCALE = { min: -6, max: 4 } as const;

/** The shipped weights as bytes, little-endian. */
export function tailWeights(): Uint8Array {
  return embeddedBytes(TAIL_WEIGHTS_BASE64);
}

/** A feature as the network takes it. */
function quantise(value: number): number {
  return Math.floor(Math.min(Math.max(value, -16), 15.999) * INPUT_UNIT + 0.5);
}

/** The network with its answers as mixtures. */
export class TailNetwork {
  /** Weights of the components of the mixture, with sum 1. */
  readonly weights: Float64Array = new Float64Array(COMPONENTS);
  /** Their means as distances from D, and their scales, both in units of the pixel's scale. */
  readonly means: Float64Array = new Float64Array(COMPONENTS);
  readonly scales: Float64Array = new Float64Array(COMPONENTS);
  readonly #sums: NetworkSums;
  readonly #inputs: Int16Array = new Int16Array(INPUTS);
  readonly #outputs: Int32Array = new Int32Array(OUTPUTS);

  /** @param sums - default: the SIMD kernel, or the reference where it cannot start */
  constructor(sums?: NetworkSums) {
    const weights = tailWeights();
    const kernel: TailKernel | undefined = sums ? undefined : openTailKernel(weights);
    this.#sums = sums ?? kernel ?? new ReferenceSums(weights);
  }

  /** Which implementation computes the sums. */
  get name(): string {
    return this.#sums.name;
  }

  /** Takes the features of the pixel that a context stands at. */
  visit({ features }: TailContext): void {
    for (let i = 0; i < FEATURES; i++) this.#inputs[i] = quantise(features[i]);
    this.#sums.visit(this.#inputs);
  }

  /** Fills `weights`, `means` and `scales` for a colour; the colours before it have been coded. */
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
