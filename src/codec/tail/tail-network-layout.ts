/** Sizes and units of the tail's network, and layout of its weights. docs/format.md, "Tail network". */
import { FEATURES } from './reference/pixel-features.ts';

/** Number of logistic distributions in a mixture. */
export const COMPONENTS = 3;
/** Number of outputs for a colour: logits of the weights, means, and logarithms of the scales. */
export const OUTPUTS: number = 3 * COMPONENTS;
/** Number of inputs: the features, padded with zeros to whole SIMD registers. */
export const INPUTS: number = Math.ceil(FEATURES / 8) * 8;
/** Number of neurons of the first and the second layer. */
export const HIDDEN1 = 64;
export const HIDDEN2 = 24;
/** Features, residuals and activations are multiples of 2^-10, weights of 2^-12, sums of 2^-22. */
export const INPUT_UNIT = 1024;
export const WEIGHT_UNIT = 4096;

/** Layout of the weights of a colour: offsets in bytes. */
interface ColourLayout {
  /**
   * Weights for the residuals of the colours before it: 2 rows of HIDDEN1 + 8, of which number HIDDEN1 goes to the
   * means.
   */
  readonly own: number;
  readonly weights2: number;
  readonly weights3: number;
  readonly bias2: number;
  readonly bias3: number;
}

/** Layout of all weights, offsets in bytes: 16-bit weights first, then 32-bit biases. */
export interface WeightLayout {
  readonly weights1: number;
  readonly bias1: number;
  readonly colours: readonly ColourLayout[];
  /** Length of all weights in bytes. */
  readonly bytes: number;
}

function layOut(): WeightLayout {
  let at = 0;
  const take = (count: number, size: number): number => {
    const from = at;
    at += count * size;
    return from;
  };
  const weights1 = take(INPUTS * (HIDDEN1 + 3), 2);
  const matrices = Array.from({ length: 3 }, () => ({
    own: take(2 * (HIDDEN1 + 8), 2),
    weights2: take(HIDDEN1 * HIDDEN2, 2),
    weights3: take(HIDDEN2 * OUTPUTS, 2),
  }));
  at = Math.ceil(at / 4) * 4;
  const bias1 = take(HIDDEN1 + 3, 4);
  const colours = matrices.map((of) => ({ ...of, bias2: take(HIDDEN2, 4), bias3: take(OUTPUTS, 4) }));
  return { weights1, bias1, colours, bytes: at };
}

/** Layout of the shipped weights. */
export const WEIGHT_LAYOUT: WeightLayout = layOut();
