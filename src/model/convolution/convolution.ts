/**
 * Convolutions with the operations that follow them, on any backend: with our kernel ({@link CONVOLUTION}) if the
 * backend has it, otherwise with operations of the tensor library. On wasm both give the same results to the bit.
 */
import * as tf from '@tensorflow/tfjs-core';
import { CHANNEL_BLOCK, CONVOLUTION, packFilter } from './convolution-kernel.ts';

/**
 * Weights of a convolution in tfjs's layout: `filter` has the shape (kernel, kernel, input, output), `bias` the shape
 * (output).
 */
export interface ConvWeights {
  readonly kernel: number;
  readonly input: number;
  readonly output: number;
  readonly filter: Float32Array;
  readonly bias: Float32Array;
}

/** FiLM as a 1x1 depthwise convolution: filter 1 + g of shape (1, 1, channels, 1), and bias b. */
export interface Film {
  readonly filter: tf.Tensor4D;
  readonly bias: tf.Tensor1D;
}

/** Operations on the sums of a convolution, applied in this order. */
export interface Epilogue {
  /** relu(sum * (1 + g) + b); not after a transposed convolution. */
  readonly film?: Film;
  /** Added to the result. */
  readonly residual?: tf.Tensor4D;
  readonly relu?: boolean;
}

/**
 * A convolution whose weights are on the backend that was selected when it was made. That backend must be selected for
 * `apply`.
 */
export interface Convolution {
  /** @param x - (batch, height, width, inputs). Neither `x` nor the tensors of the epilogue are disposed */
  apply(x: tf.Tensor4D, epilogue?: Epilogue): tf.Tensor4D;
  /** The tensors that hold the weights; the caller keeps and disposes them. */
  readonly tensors: readonly tf.Tensor[];
}

/** True if the selected backend has our kernel and the kernel supports these sizes. */
function hasKernel(weights: readonly ConvWeights[], stride: 1 | 2): boolean {
  const fits = ({ kernel, output }: ConvWeights): boolean =>
    kernel <= 3 && stride === (kernel === 2 ? 2 : 1) && output % CHANNEL_BLOCK === 0;
  return weights.every(fits) && tf.getKernel(CONVOLUTION, tf.getBackend()) != null;
}

/**
 * Makes a convolution. Stride 1 keeps the size (filters of 1x1 and 3x3, zero padding); stride 2 halves it (filters of
 * 2x2).
 */
export function makeConvolution(weights: ConvWeights, stride: 1 | 2 = 1): Convolution {
  return hasKernel([weights], stride)
    ? new KernelConvolution([weights], false)
    : new LibraryConvolution(weights, stride);
}

/**
 * Makes a transposed 2x2 convolution with stride 2, which doubles height and width.
 *
 * @param pair - two 1x1 convolutions with equal bias, for the even and the odd output rows. Output channel dx * outputs
 *   + c of either is channel c of the output column with parity dx
 */
export function makeTransposed(pair: readonly [ConvWeights, ConvWeights]): Convolution {
  return hasKernel(pair, 1) ? new KernelConvolution(pair, true) : new LibraryTransposed(pair);
}

/** A convolution by our kernel. */
class KernelConvolution implements Convolution {
  readonly tensors: readonly [weights: tf.Tensor, bias: tf.Tensor];
  readonly #attributes: { side: number; outputs: number; transposed: boolean };

  constructor(phases: readonly ConvWeights[], transposed: boolean) {
    const [{ kernel, input, output, bias }] = phases as [ConvWeights];
    const packed = phases.map(({ filter }) => packFilter(filter, kernel * kernel * input, output));
    const weights = new Float32Array(packed.reduce((sum, { length }) => sum + length, 0));
    packed.forEach((part, i) => void weights.set(part, i * part.length));
    this.tensors = [tf.tensor1d(weights), tf.tensor1d(bias)];
    this.#attributes = { side: kernel, outputs: transposed ? output / 2 : output, transposed };
  }

  apply(x: tf.Tensor4D, { film, residual, relu = false }: Epilogue = {}): tf.Tensor4D {
    const [weights, bias] = this.tensors;
    const inputs = {
      ...{ x, weights, bias },
      ...(film && { gain: film.filter, shift: film.bias }),
      ...(residual && { residual }),
    };
    return tf.engine().runKernel<tf.Tensor4D>(CONVOLUTION, inputs, { ...this.#attributes, rectify: relu });
  }
}

/** A convolution by operations of the tensor library. */
class LibraryConvolution implements Convolution {
  readonly tensors: readonly [filter: tf.Tensor4D, bias: tf.Tensor1D];
  readonly #stride: 1 | 2;

  constructor({ kernel, input, output, filter, bias }: ConvWeights, stride: 1 | 2) {
    this.tensors = [tf.tensor4d(filter, [kernel, kernel, input, output]), tf.tensor1d(bias)];
    this.#stride = stride;
  }

  apply(x: tf.Tensor4D, epilogue: Epilogue = {}): tf.Tensor4D {
    const [filter, bias] = this.tensors;
    const strides = this.#stride;
    return finish(tf.fused.conv2d({ x, filter, bias, strides, pad: strides === 1 ? 'same' : 'valid' }), epilogue);
  }
}

/**
 * A transposed convolution by operations of the tensor library: computes even and odd rows separately and interleaves
 * them. On wasm, 256x256x64 to 512x512x48 takes 66 ms this way, 75 ms with one convolution and a transpose, and 427 ms
 * with tf.depthToSpace.
 */
class LibraryTransposed implements Convolution {
  readonly tensors: readonly tf.Tensor[];
  readonly #pair: readonly LibraryConvolution[];

  constructor(pair: readonly ConvWeights[]) {
    this.#pair = pair.map((weights) => new LibraryConvolution(weights, 1));
    this.tensors = this.#pair.flatMap(({ tensors }) => tensors);
  }

  apply(x: tf.Tensor4D, epilogue: Epilogue = {}): tf.Tensor4D {
    const [batch, height, width] = x.shape;
    const rows = this.#pair.map((phase) =>
      consume(phase.apply(x), (y) => tf.reshape(y, [batch * height, -1]) as tf.Tensor2D),
    );
    const joined = tf.concat(rows, 1);
    tf.dispose(rows);
    const raised = tf.reshape(joined, [batch, 2 * height, 2 * width, -1]) as tf.Tensor4D;
    joined.dispose();
    return finish(raised, epilogue);
  }
}

/** Applies an epilogue with operations of the tensor library; disposes `sums`. */
function finish(sums: tf.Tensor4D, { film, residual, relu }: Epilogue): tf.Tensor4D {
  let y = sums;
  if (film)
    y = consume(y, (x) => tf.fused.depthwiseConv2d({ x, ...film, strides: 1, pad: 'valid', activation: 'relu' }));
  if (residual) y = consume(y, (x) => tf.add(residual, x) as tf.Tensor4D);
  return relu ? consume(y, (x) => tf.relu(x)) : y;
}

/** Computes f(x) and disposes x. */
export function consume<T extends tf.Tensor>(x: tf.Tensor4D, f: (x: tf.Tensor4D) => T): T {
  const y = f(x);
  x.dispose();
  return y;
}
