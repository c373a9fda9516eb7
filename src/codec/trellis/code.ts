/**
 * The trellis code itself: what a decoder must know. Bits of a tile name a path through a binary tree; each node is a 32-bit
 * register that draws Gaussian code values from a shared codebook. docs/format.md, "Trellis code".
 */
import { GAUSSIAN_QUANTILES, hash, QUANTILES, STREAM, shuffledOrder, streamKey } from '../gaussian-table.ts';

/** Most bits that one stage may shift into the register; so a tile of n coefficients takes at most n times as many. */
export const MAX_BITS_PER_STAGE = 16;

/** Which tile of which layer of which stream is coded; all that the pseudo-random choices depend on. */
export interface TileKey {
  readonly seed: number;
  readonly layer: number;
  readonly tile: number;
}

/** Register before the first stage, an unsigned 32-bit integer. */
export function startRegister(key: TileKey): number {
  return streamKey(key.seed, STREAM.startRegister, key.layer, key.tile);
}

/** Order in which the n coefficients of a tile are visited; it spreads the information evenly over the stages. */
export function interleave(n: number, key: TileKey): Uint32Array {
  return shuffledOrder(n, streamKey(key.seed, STREAM.interleave, key.layer, key.tile));
}

/** Bits spent after `visited` of n coefficients at a uniform pace of B bits: floor(visited * B / n). */
export function bitsSpent(visited: number, bits: number, n: number): number {
  return Math.floor((visited * bits) / n);
}

/** First coefficient of the stage after the one that starts at `start`: the least i with more bits spent, or n. */
export function stageEnd(start: number, bits: number, n: number): number {
  if (bits === 0) return n;
  const spent = bitsSpent(start, bits, n);
  const end = Math.ceil(((spent + 1) * n) / bits);
  return Math.min(end, n);
}

/** Code values that one look-up of a register gives: those of 4 successive coefficients. */
export const ROW = 4;
/** The hash's upper bits number one of the 65536 / ROW rows: hash >>> ROW_SHIFT. */
export const ROW_SHIFT = 18;

/**
 * The codebook: the 65536 quantiles in a pseudo-random order, read as 16384 rows of 4. Rows cost a quarter of the hashing and let
 * a kernel load 4 values at once; they deliver as many bits as one look-up a coefficient does (0.935 against 0.932 of the bits
 * spent at M = 1024, mean over 8 mixtures; docs/design/trellis.md).
 */
export const CODEBOOK: Float32Array = Float32Array.from(
  shuffledOrder(QUANTILES, streamKey(0, STREAM.codebook, 0, 0)),
  (i) => GAUSSIAN_QUANTILES[i],
);

/** Code value of coefficient i (in visiting order) in a register: a standard-normal quantile; the register's last bit is its sign. */
export function codeValue(register: number, i: number): number {
  const row = hash(register >>> 1, Math.floor(i / ROW)) >>> ROW_SHIFT;
  const magnitude = CODEBOOK[row * ROW + (i % ROW)];
  return register & 1 ? magnitude : -magnitude;
}

/** k bits of `packed` (most significant first) from bit position `at`. Bits past the end read as 0. */
function readBits(packed: Uint8Array, at: number, k: number): number {
  let value = 0;
  for (let i = at; i < at + k; i++) value = (value << 1) | (((packed[i >>> 3] ?? 0) >>> (7 - (i & 7))) & 1);
  return value;
}

/**
 * Runs the register over the bits of a tile.
 *
 * @param packed - the tile's bits, most significant first
 * @param bits - how many of them there are, 0..n * MAX_BITS_PER_STAGE
 * @param out - receives the n code values in canonical (not visiting) order
 */
export function decodePath(packed: Uint8Array, bits: number, key: TileKey, out: Float32Array): void {
  const n = out.length;
  const order = interleave(n, key);
  let register = startRegister(key);
  let spent = 0;
  for (let i = 0; i < n; ) {
    const end = stageEnd(i, bits, n);
    const k = bitsSpent(end, bits, n) - spent;
    register = ((register << k) | readBits(packed, spent, k)) >>> 0;
    spent += k;
    for (; i < end; i++) out[order[i]] = codeValue(register, i);
  }
}
