/**
 * A photo-net one number at a time, written from docs/format.md, appendix B: in the exact arithmetic that the format prescribes, or
 * in binary64 with convolutions as they are defined, to measure errors against.
 */
import type { ConvWeights } from '../../../src/model/convolution/convolution.ts';
import { embedNoiseLevel } from '../../../src/model/photo-net/noise-embedding.ts';
import {
  type BlockWeights,
  embeddingFrequencies,
  type LinearWeights,
  type PhotoNetWeights,
} from '../../../src/model/photo-net/photo-net-weights.ts';
import { makeMap, mapValues, type ScalarMap } from './scalar-map.ts';
import { winogradSums } from './scalar-winograd.ts';

/** How a scalar network computes. */
export interface ScalarArithmetic {
  /** Rounds the result of an operation. */
  round(x: number): number;
  /** Features of a noise level. */
  embed(sigma: number, layers: readonly LinearWeights[]): ArrayLike<number>;
  /** g and b of a block. */
  film(embedding: ArrayLike<number>, layer: LinearWeights): number[];
  /** A 3x3 convolution with zero padding, without its bias. */
  sums(map: ScalarMap, weights: ConvWeights): ScalarMap;
}

/** The arithmetic of the format. */
export const EXACT: ScalarArithmetic = {
  round: Math.fround,
  embed: embedNoiseLevel,
  film: (embedding, layer) => linear(embedding, layer, Math.fround),
  sums: winogradSums,
};

/** Binary64 throughout. */
export const BINARY64: ScalarArithmetic = {
  round: unchanged,
  embed: embedPrecisely,
  film: (embedding, layer) => linear(embedding, layer, unchanged),
  sums: directSums,
};

function unchanged(x: number): number {
  return x;
}

function linear(x: ArrayLike<number>, { input, output, matrix, bias }: LinearWeights, round: (x: number) => number) {
  return Array.from({ length: output }, (_, o) => {
    let sum = 0;
    for (let i = 0; i < input; i++) sum = round(sum + round(x[i] * matrix[i * output + o]));
    return round(sum + bias[o]);
  });
}

function embedPrecisely(sigma: number, layers: readonly LinearWeights[]): number[] {
  const angles = embeddingFrequencies().map((frequency) => (frequency * Math.log(sigma)) / 4);
  const features = [...angles.map(Math.sin), ...angles.map(Math.cos)];
  return layers.reduce((x, layer) => linear(x, layer, unchanged).map((t) => t / (1 + Math.exp(-t))), features);
}

function directSums(map: ScalarMap, weights: ConvWeights): ScalarMap {
  const sums = makeMap(map.height, map.width, weights.output);
  const places = Array.from({ length: 9 }, (_, tap) => [Math.floor(tap / 3) - 1, (tap % 3) - 1] as const);
  places.forEach(([dy, dx], tap) => {
    for (let y = Math.max(0, -dy); y < Math.min(map.height, map.height - dy); y++) {
      for (let x = Math.max(0, -dx); x < Math.min(map.width, map.width - dx); x++) {
        addProducts(sums, y * map.width + x, map, (y + dy) * map.width + x + dx, weights, tap, unchanged);
      }
    }
  });
  return sums;
}

/**
 * Adds the inputs of a position times the weights of a tap of the filter to the sums of another position.
 *
 * @param to - position of `sums`, and `from` of `map`, counted row by row
 */
function addProducts(
  sums: ScalarMap,
  to: number,
  map: ScalarMap,
  from: number,
  { input, output, filter }: ConvWeights,
  tap: number,
  round: (x: number) => number,
): void {
  for (let c = 0, w = tap * input * output; c < input; c++) {
    const x = map.values[from * input + c];
    for (let o = to * sums.channels, end = o + output; o < end; o++, w++) {
      sums.values[o] = round(sums.values[o] + round(x * filter[w]));
    }
  }
}

/** A scalar network. */
export class ScalarNetwork {
  readonly #weights: PhotoNetWeights;
  readonly #arithmetic: ScalarArithmetic;

  constructor(weights: PhotoNetWeights, arithmetic: ScalarArithmetic) {
    this.#weights = weights;
    this.#arithmetic = arithmetic;
  }

  /**
   * @param input - packed patches of one image, scaled
   * @returns F, then G, of each position
   */
  run(input: ScalarMap, sigma: number): ScalarMap {
    const { embed, convIn, encoder, decoder, down, up, convOut } = this.#weights;
    const embedding = this.#arithmetic.embed(sigma, embed);
    const skips: ScalarMap[] = [];
    let h = this.#convolve(input, convIn);
    encoder.forEach((blocks, level) => {
      h = this.#blocks(h, blocks, embedding);
      if (level === down.length) return;
      skips.push(h);
      h = this.#down(h, down[level]);
    });
    for (let level = up.length - 1; level >= 0; level--) {
      h = this.#add(skips[level], this.#up(h, up[level]));
      h = this.#blocks(h, decoder[level], embedding);
    }
    return this.#convolve(rectified(h), convOut);
  }

  #blocks(map: ScalarMap, blocks: readonly BlockWeights[], embedding: ArrayLike<number>): ScalarMap {
    const { round } = this.#arithmetic;
    return blocks.reduce((h, { conv1, conv2, film }) => {
      const factors = this.#arithmetic.film(embedding, film);
      const width = factors.length / 2;
      const gain = factors.slice(0, width).map((g) => round(g + 1));
      const shift = gain.map((g, c) => round(round(conv1.bias[c] * g) + factors[width + c]));
      const inner = mapValues(this.#arithmetic.sums(h, conv1), (sum, c) => round(round(sum * gain[c]) + shift[c]));
      return this.#add(h, this.#convolve(rectified(inner), conv2));
    }, map);
  }

  #convolve(map: ScalarMap, weights: ConvWeights): ScalarMap {
    return this.#addBias(this.#arithmetic.sums(map, weights), weights.bias);
  }

  #addBias(sums: ScalarMap, bias: Float32Array): ScalarMap {
    return mapValues(sums, (sum, c) => this.#arithmetic.round(sum + bias[c]));
  }

  #add(old: ScalarMap, value: ScalarMap): ScalarMap {
    return mapValues(old, (v, _, i) => this.#arithmetic.round(v + value.values[i]));
  }

  #down(map: ScalarMap, weights: ConvWeights): ScalarMap {
    const sums = makeMap(map.height / 2, map.width / 2, weights.output);
    for (let to = 0; to < sums.height * sums.width; to++) {
      const corner = 2 * Math.floor(to / sums.width) * map.width + 2 * (to % sums.width);
      for (let tap = 0; tap < 4; tap++) {
        const from = corner + (tap >> 1) * map.width + (tap & 1);
        addProducts(sums, to, map, from, weights, tap, this.#arithmetic.round);
      }
    }
    return this.#addBias(sums, weights.bias);
  }

  /** A pair gives an even and an odd row, in which two columns follow one another: two positions of the result. */
  #up(map: ScalarMap, pair: PhotoNetWeights['up'][number]): ScalarMap {
    const sums = makeMap(2 * map.height, 2 * map.width, pair[0].output / 2);
    for (let from = 0; from < map.height * map.width; from++) {
      const corner = 2 * Math.floor(from / map.width) * sums.width + 2 * (from % map.width);
      pair.forEach((weights, dy) => {
        addProducts(sums, corner + dy * sums.width, map, from, weights, 0, this.#arithmetic.round);
      });
    }
    return this.#addBias(sums, pair[0].bias.subarray(0, sums.channels));
  }
}

function rectified(map: ScalarMap): ScalarMap {
  return mapValues(map, (value) => Math.max(value, 0));
}
