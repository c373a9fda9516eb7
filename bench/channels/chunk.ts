/**
 * Chunks: successive coefficients of a tile that are sent by one index, and the shared random candidates among which it
 * chooses. Both sides cut tiles alike, by the information that r lets expect.
 */
import type { SharedTile, TileKey } from 'ddpm-codec/codec';
import { GAUSSIAN_QUANTILES, HASH_INDEX, HASH_STATE, hash, mix } from '#dist/codec/math/gaussian-table.js';
import type { ChannelTile } from './channel.ts';
import { klNats } from './channel.ts';

/** Part of a tile: coefficients from..to-1. */
export interface Chunk {
  readonly from: number;
  readonly to: number;
  /** Mean of KL(q || p) in bits over a ~ N(0, 1 - r): what the decoder expects. */
  readonly expectedBits: number;
  /** Key of its shared randomness. */
  readonly key: number;
}

/** Expected bits of a coefficient. */
function expectedBits(r: number): number {
  return -0.5 * Math.log2(r);
}

/** Key of a chunk's shared randomness, an unsigned 32-bit integer. */
function chunkKey({ seed, layer, tile }: TileKey, from: number): number {
  return (mix(hash(hash(hash(seed, layer), tile), from)) ^ 0x6a09e667) >>> 0;
}

/**
 * Cuts a tile into chunks of about `bits` expected bits: a chunk ends where one coefficient more would bring it farther above than it
 * is below. `bits` 0 cuts it into single coefficients.
 */
export function cutChunks({ residualVariance: r, key }: SharedTile, bits: number): Chunk[] {
  const chunks: Chunk[] = [];
  for (let from = 0; from < r.length; ) {
    let to = from + 1;
    let sum = expectedBits(r[from]);
    for (; to < r.length && sum + expectedBits(r[to]) / 2 < bits; to++) sum += expectedBits(r[to]);
    chunks.push({ from, to, expectedBits: sum, key: chunkKey(key, from) });
    from = to;
  }
  return chunks;
}

/** Chunks of about equal expected bits share the statistics of their integers. */
export function classOf(expectedBits: number): number {
  return Math.round(4 * Math.log2(expectedBits));
}

const HASH_CANDIDATE = 0x2545f491;

/** State from which the values of a candidate are hashed. */
function candidateState(key: number, candidate: number): number {
  return Math.imul(mix(key ^ Math.imul(candidate, HASH_CANDIDATE)), HASH_STATE);
}

/** Two table indices, of 16 bits each, from one hash: its upper half, and both halves together. */
function pairHash(state: number, pair: number): number {
  return mix(state ^ Math.imul(pair, HASH_INDEX));
}

/**
 * Writes candidate k of a chunk, a sample of p that both sides can make: quantiles of N(0, 1), chosen by a hash.
 *
 * @param candidate - k, 0 or more
 * @param out - receives the values at chunk.from..chunk.to-1
 */
export function fillCandidate(chunk: Chunk, candidate: number, out: Float32Array): void {
  const state = candidateState(chunk.key, candidate);
  for (let i = chunk.from, pair = 0; i < chunk.to; i += 2, pair++) {
    const h = pairHash(state, pair);
    out[i] = GAUSSIAN_QUANTILES[h >>> 16];
    if (i + 1 < chunk.to) out[i + 1] = GAUSSIAN_QUANTILES[(h ^ (h >>> 16)) & 0xffff];
  }
}

/** q / p of a chunk: log weights of candidates, and what is known of their distribution. In nats. */
export class ChunkWeights {
  #chunk: Chunk | undefined;
  #pairs = 0;
  /** log w = constant + sum of linear z - quadratic z^2. */
  #constant = 0;
  #linear: Float64Array = new Float64Array(64);
  #quadratic: Float64Array = new Float64Array(64);
  /** KL(q || p). */
  kl = 0;
  /** Largest log weight of any z: the Renyi divergence of order infinity. */
  most = 0;
  #target: Float32Array = new Float32Array(0);
  #residualVariance: Float32Array = new Float32Array(0);

  /** Bytes of its arrays. */
  get bytes(): number {
    return this.#linear.byteLength + this.#quadratic.byteLength;
  }

  /** The chunk that was prepared last. */
  get chunk(): Chunk {
    if (!this.#chunk) throw new Error('no chunk is prepared');
    return this.#chunk;
  }

  /** Number of its coefficients. */
  get size(): number {
    return this.chunk.to - this.chunk.from;
  }

  /** Prepares a chunk. */
  prepare({ target, residualVariance }: ChannelTile, chunk: Chunk): void {
    this.#chunk = chunk;
    this.#target = target;
    this.#residualVariance = residualVariance;
    this.#pairs = (this.size + 1) >> 1;
    if (this.#linear.length < 2 * this.#pairs) {
      this.#linear = new Float64Array(4 * this.#pairs);
      this.#quadratic = new Float64Array(4 * this.#pairs);
    }
    // A chunk of odd size has one coefficient without weight.
    this.#linear[2 * this.#pairs - 1] = this.#quadratic[2 * this.#pairs - 1] = 0;
    this.#constant = this.kl = this.most = 0;
    for (let i = chunk.from; i < chunk.to; i++) {
      const [a, r] = [target[i], residualVariance[i]];
      this.#linear[i - chunk.from] = a / r;
      this.#quadratic[i - chunk.from] = 0.5 * (1 / r - 1);
      this.#constant -= 0.5 * (Math.log(r) + (a * a) / r);
      this.kl += klNats(a, r);
      this.most += r < 1 ? 0.5 * ((a * a) / (1 - r) - Math.log(r)) : 0;
    }
  }

  /** log q(z) / p(z) of candidate k. */
  logWeight(candidate: number): number {
    const state = candidateState(this.chunk.key, candidate);
    const linear = this.#linear;
    const quadratic = this.#quadratic;
    let sum = this.#constant;
    for (let pair = 0; pair < this.#pairs; pair++) {
      const h = pairHash(state, pair);
      const first = GAUSSIAN_QUANTILES[h >>> 16];
      const second = GAUSSIAN_QUANTILES[(h ^ (h >>> 16)) & 0xffff];
      sum += (linear[2 * pair] - quadratic[2 * pair] * first) * first;
      sum += (linear[2 * pair + 1] - quadratic[2 * pair + 1] * second) * second;
    }
    return sum;
  }

  /**
   * log of the mean of w^order over q: order times the Renyi divergence of order 1 + order (Gil, Alajaji & Linder 2013, table 2).
   *
   * @param order - above 0
   */
  logMoment(order: number): number {
    const { from, to } = this.chunk;
    let sum = 0;
    for (let i = from; i < to; i++) {
      const [a, r] = [this.#target[i], this.#residualVariance[i]];
      const s = 1 + order * (1 - r);
      sum += -0.5 * order * Math.log(r) - 0.5 * Math.log(s) + (0.5 * order * (1 + order) * a * a) / s;
    }
    return sum;
  }
}
