import * as tf from '@tensorflow/tfjs-core';
import type { ConvWeights } from '../convolution/convolution.ts';
import type { Film } from './modulation.ts';
import type { BlockWeights, PhotoNetWeights } from './photo-net-weights.ts';

/** A convolution on the backend: `filter` (side, side, inputs, outputs). */
interface Conv {
  readonly filter: tf.Tensor4D;
  readonly bias: tf.Tensor1D;
}

/** Layers of a residual block, on the backend. */
interface Block {
  /** Its bias is part of the FiLM. */
  readonly filter1: tf.Tensor4D;
  readonly conv2: Conv;
}

/**
 * The layers of a photo-net as tensor operations, on the backend that is selected when they are made. Every method but `dispose` must
 * run under that backend.
 */
export class PhotoNetLayers {
  readonly #convIn: Conv;
  readonly #encoder: readonly (readonly Block[])[];
  readonly #decoder: readonly (readonly Block[])[];
  readonly #down: readonly Conv[];
  /** See {@link PhotoNetWeights.up}. */
  readonly #up: readonly (readonly Conv[])[];
  readonly #convOut: Conv;
  readonly #owned: tf.Tensor[] = [];

  /** @param weights - copied to the backend */
  constructor(weights: PhotoNetWeights) {
    const own = <T extends tf.Tensor>(tensor: T): T => {
      this.#owned.push(tensor);
      return tf.keep(tensor);
    };
    const filterOf = ({ kernel, input, output, filter }: ConvWeights) =>
      own(tf.tensor4d(filter, [kernel, kernel, input, output]));
    const conv = (from: ConvWeights): Conv => ({ filter: filterOf(from), bias: own(tf.tensor1d(from.bias)) });
    const block = ({ conv1, conv2 }: BlockWeights): Block => ({ filter1: filterOf(conv1), conv2: conv(conv2) });
    this.#convIn = conv(weights.convIn);
    this.#encoder = weights.encoder.map((blocks) => blocks.map(block));
    this.#decoder = weights.decoder.map((blocks) => blocks.map(block));
    this.#down = weights.down.map(conv);
    this.#up = weights.up.map((pair) => pair.map(conv));
    this.#convOut = conv(weights.convOut);
  }

  /**
   * Runs the network. Disposes intermediate results as soon as possible instead of leaving them to tf.tidy, so that
   * little memory is in use and most of it stays in the processor's cache.
   *
   * @param input - packed patches (batch, h, w, channels); disposed
   * @param films - of each block, in the order in which they run
   * @returns F, then G: (batch, h, w, 2 * channels)
   */
  forward(input: tf.Tensor4D, films: readonly Film[]): tf.Tensor4D {
    const left = films.values();
    const runBlocks = (from: tf.Tensor4D, blocks: readonly Block[]): tf.Tensor4D =>
      blocks.reduce((h, block) => applyBlock(h, block, left.next().value as Film), from);
    const skips: tf.Tensor4D[] = [];
    let h = consume(input, (x) => convolve(x, this.#convIn));
    this.#encoder.forEach((blocks, level) => {
      h = runBlocks(h, blocks);
      const down = this.#down[level];
      if (down) {
        skips.push(h);
        h = tf.fused.conv2d({ x: h, ...down, strides: 2, pad: 'valid' });
      }
    });
    for (let level = skips.length - 1; level >= 0; level--) {
      h = consume(h, (x) => enlarge(x, this.#up[level]));
      h = consume(h, (raised) => consume(skips[level], (skip) => tf.add(skip, raised) as tf.Tensor4D));
      h = runBlocks(h, this.#decoder[level]);
    }
    h = consume(h, (x) => tf.relu(x));
    return consume(h, (x) => convolve(x, this.#convOut));
  }

  /** Frees all tensors. May be called more than once, and under any backend. */
  dispose(): void {
    tf.dispose(this.#owned.splice(0));
  }
}

/** A convolution that keeps the size. */
function convolve(x: tf.Tensor4D, conv: Conv): tf.Tensor4D {
  return tf.fused.conv2d({ x, ...conv, strides: 1, pad: 'same' });
}

/** A residual block; disposes its input. FiLM is a depthwise 1x1 convolution, so that it is one operation. */
function applyBlock(h: tf.Tensor4D, { filter1, conv2 }: Block, { gain, shift }: Film): tf.Tensor4D {
  const filter = tf.tensor4d(gain, [1, 1, gain.length, 1]);
  const bias = tf.tensor1d(shift);
  const inner = consume(tf.conv2d(h, filter1, 1, 'same'), (x) =>
    tf.fused.depthwiseConv2d({ x, filter, bias, strides: 1, pad: 'valid', activation: 'relu' }),
  );
  tf.dispose([filter, bias]);
  const change = consume(inner, (x) => convolve(x, conv2));
  return consume(h, (old) => consume(change, (x) => tf.add(old, x) as tf.Tensor4D));
}

/**
 * A transposed 2x2 convolution with stride 2: computes even and odd rows separately and interleaves them. On wasm,
 * 256x256x64 to 512x512x48 takes 66 ms this way, 75 ms with one convolution and a transpose, and 427 ms with tf.depthToSpace.
 */
function enlarge(x: tf.Tensor4D, pair: readonly Conv[]): tf.Tensor4D {
  const [batch, height, width] = x.shape;
  const rows = pair.map((conv) =>
    consume(convolve(x, conv), (y) => tf.reshape(y, [batch * height, -1]) as tf.Tensor2D),
  );
  const joined = tf.concat(rows, 1);
  tf.dispose(rows);
  const raised = tf.reshape(joined, [batch, 2 * height, 2 * width, -1]) as tf.Tensor4D;
  joined.dispose();
  return raised;
}

/** Computes f(x) and disposes x. */
function consume<T extends tf.Tensor>(x: tf.Tensor4D, f: (x: tf.Tensor4D) => T): T {
  const y = f(x);
  x.dispose();
  return y;
}
