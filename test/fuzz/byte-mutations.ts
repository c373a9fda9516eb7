/** Mutations of bytes that do not depend on the format. */
import { concatBytes } from '../../src/base/concat-bytes.ts';
import type { Random } from './random.ts';

/** Bytes that often cause errors in decoders. */
const INTERESTING = [0x00, 0x01, 0x7f, 0x80, 0xff, 0xdd, 0x22, 0x7b];
/** LEB128 numbers at the limits of 31, 32 and 35 bits, and a longer one. */
const VARINTS: readonly (readonly number[])[] = [
  [0xff, 0xff, 0xff, 0xff, 0x07],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0xff, 0xff, 0xff, 0xff, 0x7f],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
];

type Mutation = (bytes: Uint8Array, random: Random, other: Uint8Array) => Uint8Array;

/** Start and end of a run of at most `most` bytes. */
function range(bytes: Uint8Array, random: Random, most = 64): [number, number] {
  const start = random.below(bytes.length + 1);
  return [start, Math.min(bytes.length, start + random.between(0, most))];
}

const MUTATIONS: readonly Mutation[] = [
  function flip(bytes, random) {
    const out = bytes.slice();
    if (out.length === 0) return out;
    for (let i = random.between(1, 8); i > 0; i--) out[random.below(out.length)] ^= 1 << random.below(8);
    return out;
  },
  function overwrite(bytes, random) {
    const out = bytes.slice();
    if (out.length > 0) out[random.below(out.length)] = random.pick(INTERESTING);
    return out;
  },
  function fill(bytes, random) {
    return bytes.slice().fill(random.pick(INTERESTING), ...range(bytes, random));
  },
  function truncate(bytes, random) {
    return bytes.slice(0, random.below(bytes.length + 1));
  },
  function extend(bytes, random) {
    return concatBytes(bytes, random.bytes(random.between(1, 40)));
  },
  function remove(bytes, random) {
    const [start, end] = range(bytes, random);
    return concatBytes(bytes.subarray(0, start), bytes.subarray(end));
  },
  function repeat(bytes, random) {
    const [start, end] = range(bytes, random);
    return concatBytes(bytes.subarray(0, end), bytes.subarray(start));
  },
  function insert(bytes, random) {
    const at = random.below(bytes.length + 1);
    const put = random.chance(0.5) ? Uint8Array.from(random.pick(VARINTS)) : random.bytes(random.between(1, 8));
    return concatBytes(bytes.subarray(0, at), put, bytes.subarray(at));
  },
  function varint(bytes, random) {
    const put = random.pick(VARINTS);
    const at = random.below(bytes.length + 1);
    return concatBytes(bytes.subarray(0, at), Uint8Array.from(put), bytes.subarray(at + random.between(1, put.length)));
  },
  function splice(bytes, random, other) {
    return concatBytes(
      bytes.subarray(0, random.below(bytes.length + 1)),
      other.subarray(random.below(other.length + 1)),
    );
  },
];

/**
 * Applies one to three mutations to a byte string.
 *
 * @param other - bytes to splice with
 */
export function mutateBytes(bytes: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  let out = bytes;
  for (let i = random.pick([1, 1, 2, 3]); i > 0; i--) out = random.pick(MUTATIONS)(out, random, other);
  return out;
}
