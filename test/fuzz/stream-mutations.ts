/**
 * Mutations of the container: each breaks one or a few fields, with valid checksums so that decoders reach the broken
 * field.
 */
import { deflateRawSync } from 'node:zlib';
import { gridBudget } from '../../src/codec/format/budget-code.ts';
import { parseStream } from '../../src/codec/format/stream-parser.ts';
import { StreamWriter } from '../../src/codec/format/stream-writer.ts';
import { type Gains, LEAST_GAIN, MOST_GAIN, NO_GAINS } from '../../src/codec/format/variance-gains.ts';
import { codedTiles } from '../support/coded-tiles.ts';
import { mutateBytes } from './byte-mutations.ts';
import type { Specimen } from './corpus.ts';
import type { Random } from './random.ts';
import { FLAG, MORE, putTogether, type RawStream, takeApart } from './raw-stream.ts';

const SIDES = [
  0,
  1,
  2,
  7,
  8,
  9,
  31,
  32,
  33,
  63,
  64,
  65,
  255,
  256,
  257,
  511,
  513,
  4096,
  16384,
  65535,
  2 ** 31 - 1,
  2 ** 31,
];
const ENDS = [0, 1, 2, 8, 30, 63, 64, 65, 2111, 2112, 3551, 3552, 9000, 65535, 65536, 65537, 2 ** 35 - 1];
const TYPES = [0x03, 0x81, 0x82, 0x83, 0x84, 0x01, 0x02, 0x04, 0x7f, 0x80, 0xfe, 0xff];
/** 20 MB of zeros, deflated: more than the limit for metadata. */
const BOMB = new Uint8Array(deflateRawSync(new Uint8Array(20_000_000), { level: 9 }));
const SVG = new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg" width="12" height="10"><rect/></svg>');

type Change = (raw: RawStream, random: Random, other: RawStream) => void;

const CHANGES: readonly Change[] = [
  function width(raw, random) {
    raw.width = random.chance(0.5) ? random.pick(SIDES) : random.between(1, 80);
  },
  function height(raw, random) {
    raw.flags &= ~FLAG.square;
    raw.height = random.chance(0.5) ? random.pick(SIDES) : random.between(1, 80);
  },
  function end(raw, random) {
    raw.end = random.chance(0.5) ? random.pick(ENDS) : random.between(1, 5000);
  },
  function flags(raw, random) {
    raw.flags ^= 1 << random.below(8);
  },
  function more(raw, random) {
    raw.flags |= FLAG.more;
    raw.more ^= 1 << random.below(8);
  },
  function parameters(raw, random) {
    raw.flags |= FLAG.more;
    raw.more |= MORE.parameters;
    raw.stepEighths = random.pick([0, 1, 2, 8, 16, 64, 255]);
    raw.seed = random.pick([0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32]);
  },
  function model(raw, random) {
    raw.flags |= FLAG.more;
    raw.more |= MORE.modelId;
    if (random.chance(0.3)) raw.model = random.bytes(8);
  },
  function chunkOrder(raw, random) {
    const chunk = raw.chunks[random.below(raw.chunks.length)];
    if (!chunk) return;
    if (random.chance(0.5)) raw.chunks = raw.chunks.filter((kept) => kept !== chunk);
    else raw.chunks.push({ ...chunk });
  },
  function newChunk(raw, random) {
    raw.flags |= FLAG.more;
    raw.more |= MORE.chunks;
    const data = random.pick([BOMB, SVG, random.bytes(random.below(50)), new Uint8Array(0)]);
    raw.chunks.push({ type: random.pick(TYPES), data });
  },
  function chunkField(raw, random, other) {
    const chunk = raw.chunks[random.below(raw.chunks.length)];
    if (!chunk) return;
    const kind = random.below(4);
    if (kind === 0) chunk.type = random.pick(TYPES);
    else if (kind === 1) chunk.claimed = random.pick([0, chunk.data.length + 1, 2 ** 31 - 1, 2 ** 31, 2 ** 34]);
    else if (kind === 2) chunk.damage = random.between(1, 255);
    else chunk.data = mutateBytes(chunk.data, random, other.layers);
  },
  function layers(raw, random, other) {
    raw.layers = mutateBytes(raw.layers, random, other.layers);
  },
  function newLayers(raw, random) {
    const length = random.below(400);
    raw.layers = random.chance(0.3) ? new Uint8Array(length).fill(random.pick([0, 0xff, 0xaa])) : random.bytes(length);
  },
  function tailField(raw, random, other) {
    if (!raw.tail) return;
    const kind = random.below(4);
    if (kind === 0) raw.tail.claimed = random.pick([0, raw.tail.claimed - 1, raw.tail.claimed + 1, 2 ** 31, 2 ** 34]);
    else if (kind === 1) raw.tail.checksum = random.bytes(4);
    else if (kind === 2) raw.tail.data = mutateBytes(raw.tail.data, random, other.layers);
    else raw.tail = null;
    if (raw.tail && kind === 2 && random.chance(0.7)) raw.tail.claimed = raw.tail.data.length;
  },
  function newTail(raw, random) {
    raw.flags |= FLAG.more;
    raw.more |= MORE.tail;
    const data = random.bytes(random.below(200));
    raw.tail = { claimed: data.length, checksum: random.bytes(4), data };
  },
];

/** Changes one to three fields. The checksums of header and chunks are valid. */
export function mutateFields(specimen: Specimen, random: Random, other: Specimen): Uint8Array {
  const raw = takeApart(specimen.bytes);
  const donor = takeApart(other.bytes);
  for (let i = random.pick([1, 1, 2, 3]); i > 0; i--) random.pick(CHANGES)(raw, random, donor);
  return putTogether(raw);
}

/** Replaces code bits, budgets and gains by random ones, with valid checksums of the tiles. */
export function mutateTiles(specimen: Specimen, random: Random): Uint8Array {
  const { header, chunks, steps, layers, tail } = parseStream(specimen.bytes);
  const { chunks: _, tail: __, headerBytes: ___, ...start } = header;
  const writer = new StreamWriter(start);
  for (const [i, layer] of layers.entries()) {
    const changed = codedTiles(layer).map((tile) => {
      if (random.chance(0.6)) return tile;
      // Up to grid point 63, every budget above 7 bytes is a whole number of bytes, as required for dithered messages.
      const bits = random.chance(0.5) ? tile.bits : gridBudget(random.pick([0, 8, 16, 24, 32, 40, 48, 56, 60]));
      return { bits, packed: packedBits(bits, random), ...(!header.dithered && { gains: randomGains(random) }) };
    });
    writer.addLayer(steps[i], changed, header.freeEnd && i === steps.length - 1);
  }
  return writer.bytes(start, chunks, tail ?? undefined);
}

/** Variance gains: mostly none, or one for all classes, or any. */
function randomGains(random: Random): Gains {
  if (random.chance(0.7)) return NO_GAINS;
  const one = random.between(LEAST_GAIN, MOST_GAIN);
  const isSame = random.chance(0.5);
  return NO_GAINS.map(() => (isSame ? one : random.between(LEAST_GAIN, MOST_GAIN)));
}

function packedBits(bits: number, random: Random): Uint8Array {
  const packed = random.bytes((bits + 7) >>> 3);
  if (bits & 7) packed[packed.length - 1] &= 0xff00 >>> (bits & 7);
  return packed;
}
