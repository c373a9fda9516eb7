/** FiLM factors of a noise level, with the same bits on every machine. */
import { applyLinear, embedNoiseLevel, logf } from './noise-embedding.ts';
import type { BlockWeights, PhotoNetWeights } from './photo-net-weights.ts';

const fround = Math.fround;

/** FiLM of a residual block: max(0, sum * gain + shift), where the sum lacks the bias of the convolution. */
export interface Film {
  readonly gain: Float32Array;
  readonly shift: Float32Array;
}

/** What depends on the noise level only. */
export interface Modulation {
  /** FiLM of each block, in the order in which they run. */
  readonly films: readonly Film[];
  /** ln(output). */
  readonly logOutput: number;
}

/** Number of noise levels whose factors are kept, 9 kB each for the default model. Encoding and then decoding a file uses fewer. */
const KEPT = 64;

/** Computes modulations, and keeps the last ones. */
export class Modulator {
  readonly #embed: PhotoNetWeights['embed'];
  /** Blocks in the order in which they run. */
  readonly #blocks: readonly BlockWeights[];
  /** By sigma, least recently used first. */
  readonly #kept: Map<number, Modulation> = new Map();

  constructor({ embed, encoder, decoder }: Pick<PhotoNetWeights, 'embed' | 'encoder' | 'decoder'>) {
    this.#embed = embed;
    this.#blocks = [...encoder.flat(), ...decoder.toReversed().flat()];
  }

  /**
   * @param sigma - noise level
   * @param output - the factor `output` of the posterior, > 0, whose logarithm is part of the result
   */
  modulate(sigma: number, output: number): Modulation {
    const modulation = this.#kept.get(sigma) ?? this.#compute(sigma, output);
    this.#kept.delete(sigma);
    this.#kept.set(sigma, modulation);
    if (this.#kept.size > KEPT) this.#kept.delete(this.#kept.keys().next().value as number);
    return modulation;
  }

  #compute(sigma: number, output: number): Modulation {
    const embedding = embedNoiseLevel(sigma, this.#embed);
    const films = this.#blocks.map(({ film, conv1 }) => {
      const factors = applyLinear(embedding, film);
      const width = factors.length / 2;
      const gain = factors.subarray(0, width).map((g) => fround(g + 1));
      const shift = gain.map((g, c) => fround(fround(conv1.bias[c] * g) + factors[width + c]));
      return { gain, shift };
    });
    return { films, logOutput: logf(fround(output)) };
  }
}
