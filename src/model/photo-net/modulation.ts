/** FiLM factors of a noise level, with the same bits on every machine. */
import { applyLinear, embedNoiseLevel, logf } from './noise-embedding.ts';
import type { LinearWeights } from './photo-net-weights.ts';

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

/** What the modulation needs of a residual block. */
interface ModulatedBlock {
  readonly film: LinearWeights;
  readonly conv1: { readonly bias: Float32Array };
}

/** The part of `PhotoNetWeights` that the modulation needs. */
export interface ModulationWeights {
  readonly embed: readonly LinearWeights[];
  readonly encoder: readonly (readonly ModulatedBlock[])[];
  readonly decoder: readonly (readonly ModulatedBlock[])[];
}

/** Number of noise levels whose factors are kept, 9 kB each for the default model. Encoding and then decoding a file uses fewer. */
const KEPT = 64;

/** Computes modulations, and keeps the last ones. */
export class Modulator {
  readonly #embed: readonly LinearWeights[];
  /** Of the blocks, in the order in which they run: FiLM, and the bias of the first convolution. */
  readonly #blocks: readonly { readonly film: LinearWeights; readonly bias: Float32Array }[];
  /** By sigma, least recently used first. */
  readonly #kept: Map<number, Modulation> = new Map();

  constructor({ embed, encoder, decoder }: ModulationWeights) {
    this.#embed = embed;
    const blocks = [...encoder.flat(), ...decoder.toReversed().flat()];
    this.#blocks = blocks.map(({ film, conv1 }) => ({ film, bias: conv1.bias }));
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
    const films = this.#blocks.map(({ film, bias }) => {
      const factors = applyLinear(embedding, film);
      const width = factors.length / 2;
      const gain = factors.subarray(0, width).map((g) => fround(g + 1));
      const shift = gain.map((g, c) => fround(fround(bias[c] * g) + factors[width + c]));
      return { gain, shift };
    });
    return { films, logOutput: logf(fround(output)) };
  }
}
