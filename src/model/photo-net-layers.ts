import * as tf from '@tensorflow/tfjs-core';
import {
  type BlockWeights,
  type ConvWeights,
  embeddingFrequencies,
  type LinearWeights,
  type PhotoNetWeights,
} from './photo-net-weights.ts';

/** Noise levels whose FiLM factors are kept, 9 kB each for photo-v0: more than an encode and a decode have in turn. */
const MODULATION_SETS = 64;

/** A convolution on the backend. */
interface Conv {
  readonly filter: tf.Tensor4D;
  readonly bias: tf.Tensor1D;
}

/** A linear layer on the backend: x matrix + bias. */
interface Linear {
  readonly matrix: tf.Tensor2D;
  readonly bias: tf.Tensor1D;
}

/** A residual block. */
interface Block {
  readonly conv1: Conv;
  readonly conv2: Conv;
  readonly film: Linear;
}

/** What depends on the noise level alone. */
export interface Modulation {
  /** For each block, FiLM as a 1x1 depthwise convolution: filter 1 + g, bias b. */
  readonly films: ReadonlyMap<Block, Conv>;
  /** ln(output), by the backend's logarithm. */
  readonly logOutput: number;
}

/** The layers of a photo-net, as tensors of the backend that is selected; every method must run under that backend. */
export class PhotoNetLayers {
  readonly #embed: readonly Linear[];
  readonly #convIn: Conv;
  readonly #encoder: readonly (readonly Block[])[];
  readonly #decoder: readonly (readonly Block[])[];
  readonly #down: readonly Conv[];
  readonly #up: readonly (readonly Conv[])[];
  readonly #convOut: Conv;
  /** Keyed by sigma, least recently used first. */
  readonly #modulations: Map<number, Modulation> = new Map();
  readonly #owned: tf.Tensor[] = [];
  #disposed = false;

  /** Copies the weights to the backend. */
  constructor(weights: PhotoNetWeights) {
    const conv = (from: ConvWeights) => this.#own(makeConv(from));
    const linear = (from: LinearWeights) => this.#own(makeLinear(from));
    const block = ({ conv1, conv2, film }: BlockWeights) => ({
      conv1: conv(conv1),
      conv2: conv(conv2),
      film: linear(film),
    });
    this.#embed = weights.embed.map(linear);
    this.#convIn = conv(weights.convIn);
    this.#encoder = weights.encoder.map((blocks) => blocks.map(block));
    this.#decoder = weights.decoder.map((blocks) => blocks.map(block));
    this.#down = weights.down.map(conv);
    this.#up = weights.up.map((pair) => pair.map(conv));
    this.#convOut = conv(weights.convOut);
  }

  #own<T extends Conv | Linear>(layer: T): T {
    this.#owned.push(...Object.values(layer).map((tensor: tf.Tensor) => tf.keep(tensor)));
    return layer;
  }

  /**
   * The embedding of one noise level and all that follows from it, from a small cache. Making it takes 1 ms on wasm.
   *
   * @param sigma - noise level
   * @param output - a positive number that follows from sigma; its logarithm comes with the result
   */
  modulate(sigma: number, output: number): Modulation {
    this.#checkAlive();
    const cached = this.#modulations.get(sigma);
    const modulation = cached ?? this.#makeModulation(sigma, output);
    this.#modulations.delete(sigma);
    this.#modulations.set(sigma, modulation);
    if (this.#modulations.size > MODULATION_SETS) {
      const [oldest, unused] = this.#modulations.entries().next().value as [number, Modulation];
      this.#modulations.delete(oldest);
      disposeModulation(unused);
    }
    return modulation;
  }

  #makeModulation(sigma: number, output: number): Modulation {
    const logarithms = tf.log(tf.tensor1d([sigma, output])).dataSync();
    const angle = (logarithms[0] as number) / 4;
    const angles = tf.tensor2d([embeddingFrequencies().map((frequency) => angle * frequency)]);
    const features = tf.concat([tf.sin(angles), tf.cos(angles)], 1) as tf.Tensor2D;
    const embedding = this.#embed.reduce((x, layer) => silu(applyLinear(x, layer)), features);
    const films = new Map<Block, Conv>();
    for (const block of [...this.#encoder, ...this.#decoder].flat()) {
      films.set(block, makeFilm(applyLinear(embedding, block.film)));
    }
    return { films, logOutput: logarithms[1] as number };
  }

  /**
   * Runs the network. Intermediate results are disposed as soon as possible, which keeps the memory in use small (and warm
   * in the cache) compared with leaving them to tf.tidy.
   *
   * @param input - packed patches (batch, h, w, channels); disposed
   * @returns (batch, h, w, 2 * channels)
   */
  forward(input: tf.Tensor4D, { films }: Modulation): tf.Tensor4D {
    const skips: tf.Tensor4D[] = [];
    let h = consume(input, (x) => convolve(x, this.#convIn));
    this.#encoder.forEach((blocks, level) => {
      h = applyBlocks(h, blocks, films);
      const down = this.#down[level];
      if (down !== undefined) {
        skips.push(h);
        h = convolve(h, down, 2);
      }
    });
    for (let level = skips.length - 1; level >= 0; level--) {
      const skip = skips[level] as tf.Tensor4D;
      const raised = consume(h, (x) => upsample(x, this.#up[level] as readonly Conv[]));
      h = consume(raised, (x) => consume(skip, (s) => tf.add(x, s) as tf.Tensor4D));
      h = applyBlocks(h, this.#decoder[level] as readonly Block[], films);
    }
    return consume(
      consume(h, (x) => tf.relu(x)),
      (x) => convolve(x, this.#convOut),
    );
  }

  /** Frees all tensors; may be called twice, and under any backend. */
  dispose(): void {
    if (!this.#disposed) {
      this.#disposed = true;
      tf.dispose(this.#owned);
      this.#modulations.forEach(disposeModulation);
      this.#modulations.clear();
    }
  }

  #checkAlive(): void {
    if (this.#disposed) {
      throw new TypeError('this denoiser was disposed');
    }
  }
}

function makeConv({ kernel, input, output, filter, bias }: ConvWeights): Conv {
  return { filter: tf.tensor4d(filter, [kernel, kernel, input, output]), bias: tf.tensor1d(bias) };
}

function makeLinear({ input, output, matrix, bias }: LinearWeights): Linear {
  return { matrix: tf.tensor2d(matrix, [input, output]), bias: tf.tensor1d(bias) };
}

function applyLinear(x: tf.Tensor2D, { matrix, bias }: Linear): tf.Tensor2D {
  return tf.add(tf.matMul(x, matrix), bias);
}

function silu(x: tf.Tensor2D): tf.Tensor2D {
  return tf.mul(x, tf.sigmoid(x));
}

/**
 * FiLM for one block. Folding 1 + g into conv1's weights instead saves 2 % at 512x512, but XNNPACK then packs the weights of
 * every block anew for each noise level: 8 ms instead of 1, against 6 ms for a whole 32x32 image, and 8 MB a level.
 *
 * @param gainAndShift - (1, 2 * width): g, then b
 */
function makeFilm(gainAndShift: tf.Tensor2D): Conv {
  const width = gainAndShift.size / 2;
  const [gain, shift] = tf.split(tf.reshape(gainAndShift, [2 * width]), 2) as [tf.Tensor1D, tf.Tensor1D];
  return { filter: tf.keep(tf.reshape(tf.add(gain, 1), [1, 1, width, 1])), bias: tf.keep(shift) };
}

/** relu(x * (1 + g) + b), in one pass. */
function applyFilm(x: tf.Tensor4D, { filter, bias }: Conv): tf.Tensor4D {
  return tf.fused.depthwiseConv2d({ x, filter, bias, strides: 1, pad: 'valid', activation: 'relu' });
}

function disposeModulation({ films }: Modulation): void {
  for (const { filter, bias } of films.values()) {
    tf.dispose([filter, bias]);
  }
}

/** f(x), after which x is disposed. */
function consume<T extends tf.Tensor>(x: tf.Tensor4D, f: (x: tf.Tensor4D) => T): T {
  const y = f(x);
  x.dispose();
  return y;
}

/** Stride 1 keeps the size (zero padding), stride 2 halves it. */
function convolve(x: tf.Tensor4D, { filter, bias }: Conv, stride: 1 | 2 = 1): tf.Tensor4D {
  return tf.fused.conv2d({ x, filter, bias, strides: stride, pad: stride === 1 ? 'same' : 'valid' });
}

/** Residual blocks, one after the other; disposes its input. */
function applyBlocks(input: tf.Tensor4D, blocks: readonly Block[], films: ReadonlyMap<Block, Conv>): tf.Tensor4D {
  let h = input;
  for (const block of blocks) {
    const linear = convolve(h, block.conv1);
    const inner = consume(linear, (x) => applyFilm(x, films.get(block) as Conv));
    const residual = consume(inner, (x) => convolve(x, block.conv2));
    h = consume(h, (x) => consume(residual, (r) => tf.add(x, r) as tf.Tensor4D));
  }
  return h;
}

/**
 * Transposed 2x2 convolution: even and odd rows apart, then row by row into one. On wasm, 256x256x64 to 512x512x48 takes 66 ms
 * so, 75 with one convolution and a transpose, 427 with tf.depthToSpace.
 */
function upsample(x: tf.Tensor4D, pair: readonly Conv[]): tf.Tensor4D {
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
