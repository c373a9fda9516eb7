/**
 * The encoder's search for a path: the M-algorithm (beam search). Any path is a valid stream, so the search is not part
 * of the format; docs/design/trellis.md describes what was tried. This is the readable reference: integer sums of products
 * (search-weights.ts) and float32 scores in a fixed order, so that the faster kernel can be compared with it bit for bit.
 */
import type { SearchTarget } from './passes.ts';
import { importanceWeights, StageWeights } from './search-weights.ts';
import type { PassRoute, TileRoute } from './trellis-code.ts';

/** Number of stages after which the beam is reduced to its best path, which limits the memory for survivors. */
export const SEGMENT_STAGES = 8192;
/** Size of the groups in which paths are processed: two of the kernel's vectors. */
const LANES = 8;
/** The number of survivors varies about the width; it is at most width + width / SLACK. */
const SLACK = 2;
/**
 * Number of groups (up to twice as many), spread over the beam, that the selection threshold is computed from. Since
 * the number of survivors may vary, this delivers as many bits as a full count; half as many groups deliver 0.15 % fewer
 * at M = 256 (docs/design/trellis.md, "Search").
 */
const SAMPLED_GROUPS = 16;
/**
 * Histogram of the sampled scores: number of bins, of 1/8 nat each, or 16, 256... times wider if they span too little.
 */
const BINS = 256;
const BINS_PER_NAT = 8;
const COARSER = 16;
const COARSEST = 1e-30;
/** Adding it rounds a number of 0..2^23 - 1 in float32, halves to even. */
const ROUND = 2 ** 23;

const fround = Math.fround;

/** A pass, with the order of its visits. */
export interface SearchRoute extends PassRoute, Pick<TileRoute, 'order'> {}

/** Searches paths: the reference below, or the kernel, which finds the same paths. */
export interface PathSearcher {
  /** Name of the implementation. */
  readonly name: 'reference' | 'wasm-simd';
  /** Number of survivor paths M that it aims at. */
  readonly width: number;
  /**
   * Searches a path through a pass whose code values have a large importance weight where the prior is N(0, 1).
   *
   * @param register - register before the pass
   * @returns the bits of the path, most significant first, in ceil(bits / 8) bytes
   */
  search(problem: SearchTarget, route: SearchRoute, register: number): Uint8Array;
}

/** Most survivors that a beam of a given width may hold. */
export function beamCapacity(width: number): number {
  return width + Math.floor(width / SLACK);
}

/**
 * The current survivor paths, as a structure of arrays. The candidates of a stage are numbered by the bits added to the
 * register without the last one (the "prefix"), then by group of paths, then by last bit, then by path in the group. So
 * siblings, which differ in the last bit only, are LANES apart.
 */
class Beam {
  count = 1;
  register: Uint32Array;
  score: Float32Array;
  #nextRegister: Uint32Array;
  #nextScore: Float32Array;
  readonly #candidateScore: Float32Array;
  readonly #histogram: Int32Array = new Int32Array(BINS);
  readonly width: number;
  readonly capacity: number;
  readonly maxBitsPerStage: number;

  constructor(width: number, maxBitsPerStage: number) {
    const capacity = beamCapacity(width);
    this.width = width;
    this.capacity = capacity;
    this.maxBitsPerStage = maxBitsPerStage;
    this.register = new Uint32Array(capacity);
    this.score = new Float32Array(capacity);
    this.#nextRegister = new Uint32Array(capacity);
    this.#nextScore = new Float32Array(capacity);
    this.#candidateScore = new Float32Array((Math.ceil(capacity / LANES) * LANES) << maxBitsPerStage);
  }

  /** Starts a beam of one path with the given register. */
  start(register: number): void {
    this.register[0] = register;
    this.score[0] = 0;
    this.count = 1;
  }

  /**
   * Takes a stage: extends every path by k >= 1 bits and keeps the best candidates. Their numbers are written to `candidate` from `at` on.
   */
  advance(k: number, stage: StageWeights, candidate: Uint32Array, at: number): void {
    const best = this.#scoreCandidates(k, stage);
    const threshold = this.count << k > this.width ? this.#threshold(k, best) : Number.NEGATIVE_INFINITY;
    this.#select(k, best, threshold, candidate, at);
  }

  get #groups(): number {
    return Math.ceil(this.count / LANES);
  }

  /** Scores all candidates; returns the best. */
  #scoreCandidates(k: number, stage: StageWeights): number {
    const scores = this.#candidateScore;
    const { count, register, score } = this;
    const padded = this.#groups * LANES;
    let best = Number.NEGATIVE_INFINITY;
    for (let prefix = 0; prefix < 1 << (k - 1); prefix++) {
      for (let path = 0; path < padded; path++) {
        const at = (prefix * padded + path) * 2 - (path % LANES);
        if (path >= count) {
          scores[at] = scores[at + LANES] = Number.NEGATIVE_INFINITY;
          continue;
        }
        // Siblings differ only in the register's last bit, so they share one look-up.
        stage.weigh(((register[path] << k) | (prefix << 1)) >>> 1);
        const base = fround(score[path] - stage.even);
        const zero = fround(base - stage.odd);
        const one = fround(base + stage.odd);
        scores[at] = zero;
        scores[at + LANES] = one;
        if (zero > best) best = zero;
        if (one > best) best = one;
      }
    }
    return best;
  }

  /** Score relative to the best (0 or less) that about `width` candidates exceed. */
  #threshold(k: number, best: number): number {
    for (let binsPerNat = BINS_PER_NAT; binsPerNat > COARSEST; binsPerNat /= COARSER) {
      const bins = this.#binsToKeep(k, best, binsPerNat);
      if (bins < BINS) return (0.5 - bins) / binsPerNat;
    }
    return Number.NEGATIVE_INFINITY;
  }

  /**
   * Number of bins, from the best score down, that hold about `width` candidates, by a sample; BINS if all hold fewer.
   */
  #binsToKeep(k: number, best: number, binsPerNat: number): number {
    const scores = this.#candidateScore;
    const histogram = this.#histogram;
    const groups = this.#groups;
    const stride = Math.max(1, Math.floor(groups / SAMPLED_GROUPS));
    let sampled = 0;
    histogram.fill(0);
    for (let group = 0; group < groups; group += stride) {
      sampled += Math.min(LANES, this.count - group * LANES);
      for (let prefix = 0; prefix < 1 << (k - 1); prefix++) {
        const first = (prefix * groups + group) * 2 * LANES;
        for (let i = first; i < first + 2 * LANES; i++) {
          const bin = fround(fround(best - scores[i]) * binsPerNat);
          histogram[fround(Math.min(bin, BINS - 1) + ROUND) - ROUND]++;
        }
      }
    }
    let room = Math.floor((this.width * sampled) / this.count);
    for (let bin = 0; bin < BINS - 1; bin++) {
      // The bin that does not fit as a whole is kept if most of it fits.
      if (histogram[bin] > room) return Math.max(1, 2 * room < histogram[bin] ? bin : bin + 1);
      room -= histogram[bin];
    }
    return BINS;
  }

  /**
   * Keeps the candidates whose score relative to the best exceeds `threshold`, by ascending number as long as there is
   * room.
   */
  #select(k: number, best: number, threshold: number, candidate: Uint32Array, at: number): void {
    const scores = this.#candidateScore;
    const { register } = this;
    const padded = this.#groups * LANES;
    const candidates = padded << k;
    let kept = 0;
    for (let i = 0; i < candidates && kept < this.capacity; i++) {
      const score = fround(scores[i] - best);
      if (!(score > threshold)) continue;
      const pair = Math.floor(i / (2 * LANES)) * LANES + (i % LANES);
      const path = pair % padded;
      const bits = (Math.floor(pair / padded) << 1) | (Math.floor(i / LANES) & 1);
      candidate[at + kept] = (path << k) | bits;
      this.#nextRegister[kept] = (register[path] << k) | bits;
      this.#nextScore[kept++] = score;
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

/** Survivors of up to SEGMENT_STAGES stages: for each one its parent and bits, as parent << k | bits. */
class SurvivorPaths {
  candidate: Uint32Array = new Uint32Array(0);
  readonly #offset: Uint32Array = new Uint32Array(SEGMENT_STAGES);
  readonly #bits: Uint8Array = new Uint8Array(SEGMENT_STAGES);
  #stages = 0;
  #used = 0;

  /** Reserves memory for the survivors of `stages` stages. */
  reserve(capacity: number, stages: number): void {
    const needed = Math.min(stages, SEGMENT_STAGES) * capacity;
    if (this.candidate.length < needed) this.candidate = new Uint32Array(needed);
  }

  get full(): boolean {
    return this.#stages === SEGMENT_STAGES;
  }

  get used(): number {
    return this.#used;
  }

  /** Records that a stage of k bits has written `count` survivors from `used` on. */
  push(k: number, count: number): void {
    this.#offset[this.#stages] = this.#used;
    this.#bits[this.#stages++] = k;
    this.#used += count;
  }

  /**
   * Writes the bits of the path that ends in survivor `path`, backwards from bit position `end`, and clears the
   * segment.
   */
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

/** The reference search. Its memory (at most 6 * 8192 * M bytes) is kept from tile to tile. */
export class PathSearch implements PathSearcher {
  readonly name = 'reference';
  readonly width: number;
  readonly #survivors: SurvivorPaths = new SurvivorPaths();
  #beam: Beam | undefined;

  /** @param width - number of survivor paths M that it aims at, 1..4096 */
  constructor(width: number) {
    this.width = width;
  }

  /** A beam with room for k bits a stage, at its start. */
  #startBeam(maxBitsPerStage: number, register: number): Beam {
    if (!this.#beam || this.#beam.maxBitsPerStage < maxBitsPerStage) this.#beam = new Beam(this.width, maxBitsPerStage);
    this.#beam.start(register);
    return this.#beam;
  }

  search(problem: SearchTarget, { order, bits, stages }: SearchRoute, register: number): Uint8Array {
    const n = problem.target.length;
    const packed = new Uint8Array(Math.ceil(bits / 8));
    if (!stages) return packed;
    const weights = new Float32Array(2 * n);
    importanceWeights(problem, weights);
    const beam = this.#startBeam(stages.mostBits, register);
    const survivors = this.#survivors;
    survivors.reserve(beam.capacity, stages.count);
    let spent = 0;
    let stage = 0;
    for (let start = 0; start < n; ) {
      const end = stages.end[stage];
      const k = stages.bits[stage++];
      spent += k;
      beam.advance(k, new StageWeights(start, end, weights, order), survivors.candidate, survivors.used);
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
