/**
 * The trellis code written a second time from its description (codec.md, section 5), slow and in BigInt: what the fast code must
 * agree with bit for bit.
 */
import { GAUSSIAN_QUANTILES } from '../../src/codec/gaussian-table.ts';
import type { TileKey } from '../../src/codec/trellis/code.ts';

const WORD = 1n << 32n;

function hash(s: bigint, i: bigint): bigint {
  let x = (s * 0x9e3779b1n ^ i * 0x85ebca77n) % WORD;
  x ^= x >> 15n;
  x = (x * 0x2c1b3c6dn) % WORD;
  x ^= x >> 13n;
  return (x * 0x297a2d39n) % WORD;
}

function fold(h: bigint): bigint {
  return h ^ (h >> 16n);
}

function keyOf({ seed, layer, tile }: TileKey, stream: bigint): bigint {
  const first = fold(hash(BigInt(seed), stream));
  return fold(hash(fold(hash(first, BigInt(layer))), BigInt(tile)));
}

/** Fisher and Yates, inside out: coefficient i goes to place j <= i, which gives its own to place i. */
export function referenceOrder(n: number, key: TileKey): number[] {
  const state = keyOf(key, 4n);
  const order: number[] = [];
  for (let i = 0; i < n; i++) {
    const j = Number((hash(state, BigInt(i)) * BigInt(i + 1)) / WORD);
    order.push(order[j]);
    order[j] = i;
  }
  return order;
}

/** floor(visited * B / n). */
export function referenceSpent(visited: number, bits: number, n: number): number {
  return Number((BigInt(visited) * BigInt(bits)) / BigInt(n));
}

/** First count of visited coefficients, above `start`, at which more bits have been spent than at `start`; n at the end. */
export function referenceStageEnd(start: number, bits: number, n: number): number {
  let end = start + 1;
  while (end < n && referenceSpent(end, bits, n) === referenceSpent(start, bits, n)) end++;
  return end;
}

/** Code values of a path given as text of 0 and 1. */
export function referencePath(path: string, key: TileKey, n: number): Float32Array {
  const order = referenceOrder(n, key);
  const out = new Float32Array(n);
  let end = 0;
  let register = 0n;
  for (let i = 0; i < n; i++) {
    if (i === end) {
      end = referenceStageEnd(i, path.length, n);
      // The start register with all bits of the path up to the end of the stage shifted in, cut to 32 bits.
      const prefix = path.slice(0, referenceSpent(end, path.length, n));
      register = ((keyOf(key, 3n) << BigInt(prefix.length)) | BigInt(`0b0${prefix}`)) % WORD;
    }
    const magnitude = GAUSSIAN_QUANTILES[Number(hash(register / 2n, BigInt(i)) >> 16n)];
    out[order[i]] = register % 2n === 1n ? magnitude : -magnitude;
  }
  return out;
}
