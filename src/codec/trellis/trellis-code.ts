/**
 * The trellis code, as far as a decoder needs it. The bits of a tile name a path through a binary tree. Each node is a
 * 32-bit register, which selects Gaussian code values from a shared codebook. docs/format.md, "Trellis code".
 */
import {
  GAUSSIAN_QUANTILES,
  HASH_INDEX,
  HASH_STATE,
  hash,
  mix,
  QUANTILES,
  STREAM,
  type Stream,
  shuffledOrder,
  streamKey,
  uniform,
} from '../math/gaussian-table.ts';
import { BLOCK_COEFFICIENTS } from '../math/whitening.ts';
import type { LogSpectrum, TileKey } from '../transport/transport.ts';
import { allocatePasses, cutStages, type Stages } from './bit-allocation.ts';

/**
 * Largest budget of a tile, per coefficient. Code values lie within -4.4..4.4; more bits would not find a nearer one.
 */
export const MAX_BITS_PER_COEFFICIENT = 4;

/** Register before the first stage, an unsigned 32-bit integer. */
export function startRegister(key: TileKey): number {
  return streamKey(key.seed, STREAM.startRegister, key.layer, key.tile);
}

/**
 * Order in which the n coefficients of a tile are visited: each run of 192 has every (colour, band) once, always in the
 * same pseudo-random order, from pseudo-random blocks. So the information is spread as evenly as the bits are spent.
 *
 * @param n - a multiple of 192
 */
export function interleave(n: number, key: TileKey): Uint32Array {
  const blocks = n / BLOCK_COEFFICIENTS;
  const stream = (purpose: Stream): number => streamKey(key.seed, purpose, key.layer, key.tile);
  const blockOrder = shuffledOrder(blocks, stream(STREAM.blocks));
  const bandOrder = shuffledOrder(BLOCK_COEFFICIENTS, stream(STREAM.bands));
  const offsetKey = stream(STREAM.offsets);
  const offsets = Uint32Array.from(bandOrder, (_, j) => uniform(hash(offsetKey, j), blocks));
  const order = new Uint32Array(n);
  for (let run = 0; run < blocks; run++) {
    for (let j = 0; j < BLOCK_COEFFICIENTS; j++) {
      const block = blockOrder[(run + offsets[j]) % blocks];
      order[run * BLOCK_COEFFICIENTS + j] = block * BLOCK_COEFFICIENTS + bandOrder[j];
    }
  }
  return order;
}

/** Code values are multiples of this. */
export const CODE_UNIT: number = 1 / 4096;

/** Number of code values in a row of the codebook: one look-up gives those of 4 successive coefficients. */
export const ROW = 4;
/** The upper bits of the hash, hash >>> ROW_SHIFT, are the number of one of the 65536 / ROW rows. */
export const ROW_SHIFT = 18;

/**
 * The codebook: the 65536 quantiles in a pseudo-random order, read as 16384 rows of 4. Rows need a quarter of the
 * hashing and let the kernel load 4 values at once. They deliver as many bits as one look-up for each coefficient
 * (0.935 against 0.932 of the bits spent at M = 1024, mean over 8 mixtures; docs/design/trellis.md).
 */
export const CODEBOOK: Float32Array = Float32Array.from(
  shuffledOrder(QUANTILES, streamKey(0, STREAM.codebook, 0, 0)),
  (i) => GAUSSIAN_QUANTILES[i],
);

/** Code value of coefficient i (in visiting order) for a register: a quantile whose sign is the register's last bit. */
export function codeValue(register: number, i: number): number {
  const row = hash(register >>> 1, Math.floor(i / ROW)) >>> ROW_SHIFT;
  const magnitude = CODEBOOK[row * ROW + (i % ROW)];
  return register & 1 ? magnitude : -magnitude;
}

/** Reads k bits of `packed`, most significant first, from bit position `at`. Bits past the end are 0. */
function readBits(packed: Uint8Array, at: number, k: number): number {
  let value = 0;
  for (let i = at; i < at + k; i++) value = (value << 1) | (((packed[i >>> 3] ?? 0) >>> (7 - (i & 7))) & 1);
  return value;
}

/** Bits and parameters that name the path of a tile. */
export interface CodedPath {
  /** The tile's bits, most significant first. */
  readonly packed: Uint8Array;
  /** Number of bits, 0..n * MAX_BITS_PER_COEFFICIENT. */
  readonly bits: number;
  readonly key: TileKey;
  /** Calibrated spectrum, which the bit allocation follows. */
  readonly spectrum: LogSpectrum;
}

/** A pass over the coefficients of a tile. */
export interface PassRoute {
  readonly bits: number;
  /** Stages; undefined for a pass without bits. */
  readonly stages: Stages | undefined;
}

/** The part of a tile's code that is the same for every path. */
export interface TileRoute {
  /** Visiting order of each pass: the canonical number of each coefficient visited. */
  readonly order: Uint32Array;
  /** The passes, 1 or 2. */
  readonly passes: readonly PassRoute[];
}

/**
 * Computes the route of a tile of n coefficients. Takes 2 to 3 ms for 256x256 pixels, so encoders compute it only once.
 */
export function tileRoute({ bits, key, spectrum }: Omit<CodedPath, 'packed'>, n: number): TileRoute {
  const order = interleave(n, key);
  const passes = allocatePasses(spectrum, bits, n);
  return { order, passes: passes.map((pass) => ({ bits: pass.bits, stages: cutStages(order, pass) })) };
}

/** Code values of a pass. */
export interface PassValues {
  /** In canonical (not visiting) order; 0 where they are not known. */
  readonly values: Float32Array;
  /** Number of coefficients in visiting order whose values are known. */
  readonly visited: number;
}

/**
 * Decodes the code values of a tile by running the register over its bits.
 *
 * @param available - number of bits that are there, the first of the tile's; default: all
 */
export function decodePath(
  path: CodedPath,
  n: number,
  available: number = path.bits,
): { readonly order: Uint32Array; readonly passes: readonly PassValues[] } {
  const reader = new PathReader(path.packed, startRegister(path.key), available);
  const { order, passes } = tileRoute(path, n);
  return { order, passes: passes.map((pass) => reader.pass(order, pass)) };
}

/** Runs the register over the bits of a tile, pass by pass. */
export class PathReader {
  readonly #packed: Uint8Array;
  readonly #available: number;
  #register: number;
  #spent = 0;

  /**
   * @param packed - the bits, most significant first
   * @param available - number of bits that may be read
   */
  constructor(packed: Uint8Array, register: number, available: number) {
    this.#packed = packed;
    this.#register = register;
    this.#available = available;
  }

  /** The register: after a pass, that with which the next one starts. */
  get register(): number {
    return this.#register;
  }

  /** Reads a pass, as far as there are bits. */
  pass(order: Uint32Array, { bits, stages }: PassRoute): PassValues {
    const values = new Float32Array(order.length);
    if (!stages) {
      // A pass without bits is known as soon as the passes before it are.
      const visited = this.#spent + bits <= this.#available ? order.length : 0;
      fillCodeValues(this.#register, 0, visited, order, values);
      return { values, visited };
    }
    let visited = 0;
    for (let stage = 0; stage < stages.count; stage++) {
      const k = stages.bits[stage];
      if (this.#spent + k > this.#available) {
        this.#spent = Number.POSITIVE_INFINITY; // nothing after a gap can be read
        break;
      }
      this.#register = ((this.#register << k) | readBits(this.#packed, this.#spent, k)) >>> 0;
      this.#spent += k;
      fillCodeValues(this.#register, visited, stages.end[stage], order, values);
      visited = stages.end[stage];
    }
    return { values, visited };
  }
}

/**
 * Computes {@link codeValue} of coefficients start..end-1 (in visiting order) with one hash for each row: 1.2 ms a tile
 * instead of 2.2 at 0.01 bit a coefficient, where stages are long.
 */
function fillCodeValues(register: number, start: number, end: number, order: Uint32Array, out: Float32Array): void {
  const state = Math.imul(register >>> 1, HASH_STATE);
  const isOdd = (register & 1) === 1;
  for (let i = start; i < end; ) {
    const row = Math.floor(i / ROW);
    const base = (mix(state ^ Math.imul(row, HASH_INDEX)) >>> ROW_SHIFT) * ROW;
    const rowEnd = Math.min(end, (row + 1) * ROW);
    for (; i < rowEnd; i++) {
      const magnitude = CODEBOOK[base + (i % ROW)];
      out[order[i]] = isOdd ? magnitude : -magnitude;
    }
  }
}
