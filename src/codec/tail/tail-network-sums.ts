/** The integer arithmetic of the tail's network. docs/format.md, "Tail network". */
import { COMPONENTS, HIDDEN1, HIDDEN2, WEIGHT_LAYOUT } from './tail-network-layout.ts';

/** Computes the network's sums: the reference below, or the SIMD kernel. */
export interface NetworkSums {
  /** Name of the implementation. */
  readonly name: string;
  /** Starts a pixel with its features, in 2^-10. */
  visit(features: Int16Array): void;
  /**
   * Computes the outputs of a colour.
   *
   * @param first, second - residuals of the colours before it, in 2^-10; ignored if there are none
   * @param outputs - receives the 9 outputs, in 2^-22
   */
  predict(colour: number, first: number, second: number, outputs: Int32Array): void;
}

/** max(0, sum >> 12), at most 32767. */
function activate(sum: number): number {
  return Math.min(Math.max(sum >> 12, 0), 32767);
}

/** The network in plain JavaScript: the reference, also used where WebAssembly SIMD is missing. */
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
