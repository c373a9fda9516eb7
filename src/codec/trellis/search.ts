/**
 * The encoder's search for a path: the M-algorithm (beam search). Any path is a valid stream, so this is the encoder's freedom;
 * docs/design/trellis.md tells what was tried. This is the readable reference: float32 arithmetic in a fixed order, so that a
 * faster kernel can be compared with it bit for bit.
 */
import { HASH_INDEX, HASH_STATE, mix } from '../gaussian-table.ts';
import { bitsSpent, CODEBOOK, interleave, ROW, ROW_SHIFT, stageEnd, startRegister, type TileKey } from './code.ts';

/** Stages whose survivors are kept; then the beam collapses to its best path. Bounds memory at 4 * 8192 * M bytes. */
const SEGMENT_STAGES = 8192;
/** Scores of candidates are told apart by 1/64 nat down to 32 nats below the best. */
const BINS_PER_NAT = 64;
const BINS = 2048;

const fround = Math.fround;

/** What the channel must convey: the reverse step wants c ~ N(target, residualVariance) where the prior is N(0, 1). */
export interface SearchProblem {
  /** a, length n, canonical order. */
  readonly target: Float32Array;
  /** r in (0, 1], length n. */
  readonly residualVariance: Float32Array;
  /** Bits to spend, 0..n * MAX_BITS_PER_STAGE. */
  readonly bits: number;
  readonly key: TileKey;
}

/** Log importance weight of code value c is -quadratic c^2 + linear c (+ const), with a and r in visiting order. */
interface Weights {
  readonly quadratic: Float32Array;
  readonly linear: Float32Array;
}

/** log q(c)/p(c) = (c^2 - (c - a)^2 / r) / 2: expand in c, drop the constant (codec.md, section 5). */
function importanceWeights(problem: SearchProblem, order: Uint32Array): Weights {
  const n = order.length;
  const quadratic = new Float32Array(n);
  const linear = new Float32Array(n);
  for (let i = 0; i < n; i++) {
    const precision = 1 / problem.residualVariance[order[i]];
    quadratic[i] = 0.5 * (precision - 1);
    linear[i] = problem.target[order[i]] * precision;
  }
  return { quadratic, linear };
}

/** Survivor paths: structure of arrays, allocated once a tile. */
class Beam {
  count = 1;
  register: Uint32Array;
  score: Float32Array;
  #nextRegister: Uint32Array;
  #nextScore: Float32Array;
  readonly #candidateScore: Float32Array;
  readonly #bin: Uint16Array;
  readonly #histogram: Int32Array = new Int32Array(BINS);
  /** Even and odd part of a stage's weight for a pair of antipodal siblings. */
  readonly #even: Float32Array;
  readonly #odd: Float32Array;
  readonly #state: Int32Array;
  readonly width: number;
  readonly maxBitsPerStage: number;

  constructor(width: number, maxBitsPerStage: number) {
    const candidates = width << maxBitsPerStage;
    this.width = width;
    this.maxBitsPerStage = maxBitsPerStage;
    this.register = new Uint32Array(width);
    this.score = new Float32Array(width);
    this.#nextRegister = new Uint32Array(width);
    this.#nextScore = new Float32Array(width);
    this.#candidateScore = new Float32Array(candidates);
    this.#bin = new Uint16Array(candidates);
    this.#even = new Float32Array(candidates >>> 1 || 1);
    this.#odd = new Float32Array(candidates >>> 1 || 1);
    this.#state = new Int32Array(candidates >>> 1 || 1);
  }

  /** Drops all paths but one, whose register is given. */
  start(register: number): void {
    this.register[0] = register;
    this.score[0] = 0;
    this.count = 1;
  }

  /** Extends every path by k >= 1 bits over coefficients start..end-1 and keeps the best; survivors go to `candidate`. */
  advance(k: number, start: number, end: number, weights: Weights, candidate: Uint32Array, at: number): void {
    const pairs = this.count << (k - 1);
    this.#weigh(k, pairs, start, end, weights);
    const best = this.#scoreCandidates(k, pairs);
    this.#select(pairs * 2, best, k, candidate, at);
  }

  #weigh(k: number, pairs: number, start: number, end: number, { quadratic, linear }: Weights): void {
    const even = this.#even;
    const odd = this.#odd;
    const state = this.#state;
    const perPath = k - 1;
    for (let p = 0; p < pairs; p++) {
      // Siblings share all but the register's last bit, and so one look-up: (S << k | bits) >>> 1.
      const half = (((this.register[p >>> perPath] << k) | ((p & ((1 << perPath) - 1)) << 1)) >>> 1) | 0;
      state[p] = Math.imul(half, HASH_STATE);
    }
    even.fill(0, 0, pairs);
    odd.fill(0, 0, pairs);
    for (let i = start; i < end; i++) {
      const index = Math.imul(Math.floor(i / ROW), HASH_INDEX);
      const column = i % ROW;
      const a = linear[i];
      const b = quadratic[i];
      for (let p = 0; p < pairs; p++) {
        const c = CODEBOOK[(mix(state[p] ^ index) >>> ROW_SHIFT) * ROW + column];
        even[p] = fround(even[p] + fround(fround(c * c) * b));
        odd[p] = fround(odd[p] + fround(c * a));
      }
    }
  }

  /** Scores of candidates 2p and 2p + 1 (last bit 0 and 1); returns the best. */
  #scoreCandidates(k: number, pairs: number): number {
    const scores = this.#candidateScore;
    const { score } = this;
    const even = this.#even;
    const odd = this.#odd;
    const perPath = k - 1;
    let best = Number.NEGATIVE_INFINITY;
    for (let p = 0; p < pairs; p++) {
      const base = fround(score[p >>> perPath] - even[p]);
      const zero = fround(base - odd[p]);
      const one = fround(base + odd[p]);
      scores[2 * p] = zero;
      scores[2 * p + 1] = one;
      if (zero > best) best = zero;
      if (one > best) best = one;
    }
    return best;
  }

  /** Keeps `width` of the candidates: whole bins of score from the best down, the last bin in order of number. */
  #select(candidates: number, best: number, k: number, candidate: Uint32Array, at: number): void {
    const scores = this.#candidateScore;
    const bin = this.#bin;
    const histogram = this.#histogram;
    histogram.fill(0);
    for (let i = 0; i < candidates; i++) {
      const below = fround(fround(best - scores[i]) * BINS_PER_NAT);
      const b = below < BINS - 1 ? below | 0 : BINS - 1;
      bin[i] = b;
      histogram[b]++;
    }
    let room = this.width;
    let last = 0;
    while (last < BINS && histogram[last] <= room) room -= histogram[last++];
    const { register } = this;
    const nextRegister = this.#nextRegister;
    const nextScore = this.#nextScore;
    const newBits = (1 << k) - 1;
    let kept = 0;
    for (let i = 0; i < candidates; i++) {
      if (bin[i] > last || (bin[i] === last && room-- <= 0)) continue;
      candidate[at + kept] = i;
      nextRegister[kept] = (register[i >>> k] << k) | (i & newBits);
      nextScore[kept++] = fround(scores[i] - best);
    }
    this.count = kept;
    [this.register, this.#nextRegister] = [this.#nextRegister, this.register];
    [this.score, this.#nextScore] = [this.#nextScore, this.score];
  }

  /** Number of the best path. */
  best(): number {
    let best = 0;
    for (let p = 1; p < this.count; p++) if (this.score[p] > this.score[best]) best = p;
    return best;
  }
}

/** Survivors of up to SEGMENT_STAGES stages: for each the candidate number (parent << k | bits) it came from. */
class SurvivorPaths {
  candidate: Uint32Array = new Uint32Array(0);
  readonly #offset: Uint32Array = new Uint32Array(SEGMENT_STAGES);
  readonly #bits: Uint8Array = new Uint8Array(SEGMENT_STAGES);
  #stages = 0;
  #used = 0;

  /** Makes room for the survivors of so many stages. */
  reserve(width: number, stages: number): void {
    const needed = Math.min(stages, SEGMENT_STAGES) * width;
    if (this.candidate.length < needed) this.candidate = new Uint32Array(needed);
  }

  get full(): boolean {
    return this.#stages === SEGMENT_STAGES;
  }

  get used(): number {
    return this.#used;
  }

  /** Notes that a stage of k bits has written `count` survivors at `used`. */
  push(k: number, count: number): void {
    this.#offset[this.#stages] = this.#used;
    this.#bits[this.#stages++] = k;
    this.#used += count;
  }

  /** Writes the bits of the path that ends in survivor `path`, backwards from bit position `end`; forgets the segment. */
  traceBack(path: number, end: number, packed: Uint8Array): void {
    let survivor = path;
    let at = end;
    for (let s = this.#stages - 1; s >= 0; s--) {
      const k = this.#bits[s];
      const candidate = this.candidate[this.#offset[s] + survivor];
      for (let j = 0; j < k; j++) {
        at--;
        if ((candidate >>> j) & 1) packed[at >>> 3] |= 0x80 >>> (at & 7);
      }
      survivor = candidate >>> k;
    }
    this.#stages = 0;
    this.#used = 0;
  }
}

/** Searches paths with a beam of fixed width; keeps its memory (4 * 8192 * M bytes at most) from tile to tile. */
export class PathSearch {
  readonly width: number;
  readonly #survivors: SurvivorPaths = new SurvivorPaths();
  #beam: Beam | undefined;

  /** @param width - survivor paths M, 1..4096 */
  constructor(width: number) {
    this.width = width;
  }

  /** A beam with room for k bits a stage, at its start. */
  #startBeam(maxBitsPerStage: number, register: number): Beam {
    if (!this.#beam || this.#beam.maxBitsPerStage < maxBitsPerStage) this.#beam = new Beam(this.width, maxBitsPerStage);
    this.#beam.start(register);
    return this.#beam;
  }

  /**
   * Finds the bits whose code values have a large importance weight under the target.
   *
   * @returns the bits of the path, most significant first, ceil(bits / 8) bytes
   */
  search(problem: SearchProblem): Uint8Array {
    const { bits, key } = problem;
    const n = problem.target.length;
    const packed = new Uint8Array(Math.ceil(bits / 8));
    if (bits === 0) return packed;
    const weights = importanceWeights(problem, interleave(n, key));
    const beam = this.#startBeam(Math.ceil(bits / n), startRegister(key));
    const survivors = this.#survivors;
    survivors.reserve(this.width, Math.min(bits, n));
    let spent = 0;
    for (let start = 0; start < n; ) {
      const end = stageEnd(start, bits, n);
      const k = bitsSpent(end, bits, n) - spent;
      spent += k;
      beam.advance(k, start, end, weights, survivors.candidate, survivors.used);
      survivors.push(k, beam.count);
      if (survivors.full || end === n) {
        const best = beam.best();
        survivors.traceBack(best, spent, packed);
        beam.start(beam.register[best]);
      }
      start = end;
    }
    return packed;
  }
}
