import * as tf from '@tensorflow/tfjs-core';
import {
  type Convolution,
  type ConvWeights,
  consume,
  type Film,
  makeConvolution,
  makeTransposed,
} from '../convolution/convolution.ts';
import {
  type BlockWeights,
  embeddingFrequencies,
  type LinearWeights,
  type PhotoNetWeights,
} from './photo-net-weights.ts';

/**
 * Number of noise levels whose FiLM factors are cached, 9 kB each for the default model. Encoding and then decoding a
 * file uses fewer.
 */
const MODULATION_SETS = 64;

/** A linear layer on the backend: x * matrix + bias. */
interface Linear {
  readonly matrix: tf.Tensor2D;
  readonly bias: tf.Tensor1D;
}

/** Layers of a residual block, on the backend. */
interface Block {
  readonly conv1: Convolution;
  readonly conv2: Convolution;
  readonly film: Linear;
}

/** The values that depend on the noise level only, not on the image. */
export interface Modulation {
  /** FiLM factors of each block. */
  readonly films: ReadonlyMap<Block, Film>;
  /** ln(output), computed with the backend's logarithm. */
  readonly logOutput: number;
}

/**
 * The layers of a photo-net, on the backend that is selected when they are made. Every method must run under that
 * backend.
 */
export class PhotoNetLayers {
  readonly #embed: readonly Linear[];
  readonly #convIn: Convolution;
  readonly #encoder: readonly (readonly Block[])[];
  readonly #decoder: readonly (readonly Block[])[];
  readonly #down: readonly Convolution[];
  readonly #up: readonly Convolution[];
  readonly #convOut: Convolution;
  /** Cache by sigma, least recently used first. */
  readonly #modulations: Map<number, Modulation> = new Map();
  readonly #owned: tf.Tensor[] = [];
  #disposed = false;

  /** @param weights - copied to the backend */
  constructor(weights: PhotoNetWeights) {
    const own = <T extends Convolution>(made: T): T => {
      this.#own(made.tensors);
      return made;
    };
    const conv = (from: ConvWeights) => own(makeConvolution(from));
    const linear = (from: LinearWeights) => {
      const layer = makeLinear(from);
      this.#own([layer.matrix, layer.bias]);
      return layer;
    };
    const block = ({ conv1, conv2, film }: BlockWeights) => ({
      conv1: conv(conv1),
      conv2: conv(conv2),
      film: linear(film),
    });
    this.#embed = weights.embed.map(linear);
    this.#convIn = conv(weights.convIn);
    this.#encoder = weights.encoder.map((blocks) => blocks.map(block));
    this.#decoder = weights.decoder.map((blocks) => blocks.map(block));
    this.#down = weights.down.map((from) => own(makeConvolution(from, 2)));
    this.#up = weights.up.map((pair) => own(makeTransposed(pair)));
    this.#convOut = conv(weights.convOut);
  }

  #own(tensors: readonly tf.Tensor[]): void {
    this.#owned.push(...tensors.map((tensor) => tf.keep(tensor)));
  }

  /**
   * Computes the values that depend on the noise level only, or takes them from a small cache. Computing them takes 1
   * ms on wasm.
   *
   * @param sigma - noise level
   * @param output - the factor `output` of {@link PosteriorScale}, > 0, whose logarithm is part of the result
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
    const films = new Map<Block, Film>();
    for (const block of [...this.#encoder, ...this.#decoder].flat()) {
      films.set(block, makeFilm(applyLinear(embedding, block.film)));
    }
    return { films, logOutput: logarithms[1] as number };
  }

  /**
   * Runs the network. Disposes intermediate results as soon as possible instead of leaving them to tf.tidy, so that
   * little memory is in use and most of it stays in the processor's cache.
   *
   * @param input - packed patches (batch, h, w, channels), see {@link packPatches}; disposed
   * @returns F, then G: (batch, h, w, 2 * channels)
   */
  forward(input: tf.Tensor4D, { films }: Modulation): tf.Tensor4D {
    const skips: tf.Tensor4D[] = [];
    let h = consume(input, (x) => this.#convIn.apply(x));
    this.#encoder.forEach((blocks, level) => {
      h = applyBlocks(h, blocks, films, this.#encoder.length === 1);
      const down = this.#down[level];
      if (down !== undefined) {
        skips.push(h);
        h = down.apply(h);
      }
    });
    for (let level = skips.length - 1; level >= 0; level--) {
      const skip = skips[level] as tf.Tensor4D;
      const up = this.#up[level] as Convolution;
      h = consume(h, (x) => consume(skip, (residual) => up.apply(x, { residual })));
      h = applyBlocks(h, this.#decoder[level] as readonly Block[], films, level === 0);
    }
    return consume(h, (x) => this.#convOut.apply(x));
  }

  /** Frees all tensors. May be called more than once, and under any backend. */
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
 * FiLM factors of one block. Multiplying conv1's weights by 1 + g instead saves 2 % of the time at 512x512, but then
 * XNNPACK packs the weights of every block again for each noise level: 8 ms instead of 1 ms (a whole 32x32 image takes
 * 6 ms), and 8 MB for each level.
 *
 * @param gainAndShift - (1, 2 * width): g, then b
 */
function makeFilm(gainAndShift: tf.Tensor2D): Film {
  const width = gainAndShift.size / 2;
  const [gain, shift] = tf.split(tf.reshape(gainAndShift, [2 * width]), 2) as [tf.Tensor1D, tf.Tensor1D];
  return { filter: tf.keep(tf.reshape(tf.add(gain, 1), [1, 1, width, 1])), bias: tf.keep(shift) };
}

function disposeModulation({ films }: Modulation): void {
  for (const { filter, bias } of films.values()) {
    tf.dispose([filter, bias]);
  }
}

/**
 * Applies residual blocks one after the other; disposes the input.
 *
 * @param relu - apply max(0, x) after the last block
 */
function applyBlocks(
  input: tf.Tensor4D,
  blocks: readonly Block[],
  films: ReadonlyMap<Block, Film>,
  relu = false,
): tf.Tensor4D {
  let h = input;
  blocks.forEach((block, i) => {
    const inner = block.conv1.apply(h, { film: films.get(block) as Film });
    const last = i === blocks.length - 1;
    h = consume(h, (x) => consume(inner, (y) => block.conv2.apply(y, { residual: x, relu: relu && last })));
  });
  return h;
}
