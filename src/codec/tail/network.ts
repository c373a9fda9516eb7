/**
 * The tail's network: from the features of a pixel to a mixture of three logistic distributions for each colour. Integers all
 * through, so that every machine gets the same. docs/format.md, "Tail network"; trained by scripts/train-tail.js.
 *
 * The first layer's sums are shared by the colours; each adds what it knows of the colours before it and has layers of its own.
 */
import { embeddedBytes } from '../../embedded.ts';
import { exp } from '../portable-math.ts';
import { FEATURES, type TailContext } from './features.ts';
import { openTailKernel, type TailKernel } from './kernel.ts';
import {
  COMPONENTS,
  HIDDEN1,
  HIDDEN2,
  INPUT_UNIT,
  INPUTS,
  OUTPUTS,
  WEIGHT_LAYOUT,
  WEIGHT_UNIT,
} from './network-layout.ts';
import { TAIL_WEIGHTS_BASE64 } from './network-weights.ts';

const SUM_UNIT = INPUT_UNIT * WEIGHT_UNIT;
/** Outputs beyond these are cut: logarithm of a scale over the pixel's. */
const LOG_SCALE = { min: -6, max: 4 } as const;

/** The shipped weights as bytes, little-endian. */
export function tailWeights(): Uint8Array {
  return embeddedBytes(TAIL_WEIGHTS_BASE64);
}

/** The integer part of the network: sums from features. */
export interface NetworkSums {
  readonly name: string;
  /** Takes the pixel's features. */
  visit(features: Int16Array): void;
  /**
   * The sums of a colour's outputs, in 2^-22.
   *
   * @param first, second - residuals of the colours before it (ignored where there are none), in 2^-10
   */
  predict(colour: number, first: number, second: number, outputs: Int32Array): void;
}

/** max(0, sum >> 12), at most 32767. */
function activate(sum: number): number {
  return Math.min(Math.max(sum >> 12, 0), 32767);
}

/** The network in plain JavaScript: the definition, and the way where there is no WebAssembly SIMD. */
export class ReferenceSums implements NetworkSums {
  readonly name = 'javascript';
  readonly #words: Int16Array;
  readonly #biases: Int32Array;
  readonly #shared: Int32Array = new Int32Array(HIDDEN1 + 3);
  readonly #hidden1: Int16Array = new Int16Array(HIDDEN1);
  readonly #hidden2: Int16Array = new Int16Array(HIDDEN2);
  readonly #sums2: Int32Array = new Int32Array(HIDDEN2);

  constructor(weights: Uint8Array) {
    const view = new DataView(weights.buffer, weights.byteOffset, weights.byteLength);
    const { bias1, bytes } = WEIGHT_LAYOUT;
    this.#words = Int16Array.from({ length: bias1 / 2 }, (_, i) => view.getInt16(2 * i, true));
    this.#biases = Int32Array.from({ length: (bytes - bias1) / 4 }, (_, i) => view.getInt32(bias1 + 4 * i, true));
  }

  visit(features: Int16Array): void {
    this.#layer(features, WEIGHT_LAYOUT.weights1, WEIGHT_LAYOUT.bias1, this.#shared);
  }

  predict(colour: number, first: number, second: number, outputs: Int32Array): void {
    const { own, weights2, bias2, weights3, bias3 } = WEIGHT_LAYOUT.colours[colour];
    const one = own / 2;
    const two = one + HIDDEN1 + 8;
    const sumWith = (shared: number, i: number): number => {
      let sum = shared;
      if (colour > 0) sum += this.#words[one + i] * first;
      if (colour > 1) sum += this.#words[two + i] * second;
      return sum | 0;
    };
    for (let i = 0; i < HIDDEN1; i++) this.#hidden1[i] = activate(sumWith(this.#shared[i], i));
    this.#layer(this.#hidden1, weights2, bias2, this.#sums2);
    for (let i = 0; i < HIDDEN2; i++) this.#hidden2[i] = activate(this.#sums2[i]);
    this.#layer(this.#hidden2, weights3, bias3, outputs);
    const line = sumWith(this.#shared[HIDDEN1 + colour], HIDDEN1);
    for (let k = COMPONENTS; k < 2 * COMPONENTS; k++) outputs[k] += line;
  }

  /** outputs[o] = bias[o] + weights[o] . inputs, modulo 2^32. */
  #layer(inputs: Int16Array, weights: number, bias: number, outputs: Int32Array): void {
    const count = inputs.length;
    const words = this.#words;
    const biasAt = (bias - WEIGHT_LAYOUT.bias1) / 4;
    for (let o = 0, at = weights / 2; o < outputs.length; o++, at += count) {
      let sum = this.#biases[biasAt + o];
      for (let i = 0; i < count; i++) sum = (sum + Math.imul(words[at + i], inputs[i])) | 0;
      outputs[o] = sum;
    }
  }
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
