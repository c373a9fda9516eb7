/**
 * Makes the files in test/hostile/fixtures, each of which is broken in one way on purpose.
 *
 *     npx tsc -p tsconfig.fuzz.json && node .scratch/test/hostile/make-fixtures.js
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';
import { concatBytes } from '../../src/base/concat-bytes.ts';
import { CHUNK } from '../../src/codec/format/chunks.ts';
import { parseStream } from '../../src/codec/format/stream-parser.ts';
import { withChecksums } from '../fuzz/corpus.ts';
import { FLAG, MORE, putTogether, type RawStream, takeApart } from '../fuzz/raw-stream.ts';

const VECTORS = 'test/vectors';
const FOLDER = 'test/hostile/fixtures';

function vector(name: string): Uint8Array {
  return new Uint8Array(readFileSync(`${VECTORS}/${name}.ddpm`));
}

const LOSSY = vector('17x5-grey');
const CHECKED = withChecksums(LOSSY);
const CHUNKS = vector('12x10-alpha-metadata');
const TAIL = vector('16x12-tail');
const DITHERED = vector('16x12-dithered');

/** A stream with some of its fields changed, and with valid checksums. */
function changed(bytes: Uint8Array, change: (raw: RawStream) => void): Uint8Array {
  const raw = takeApart(bytes);
  change(raw);
  return putTogether(raw);
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const out = bytes.slice();
  out[at < 0 ? out.length + at : at] ^= 0x10;
  return out;
}

/** A stream with the flag `chunks`, and these chunks in front of its own. */
function withChunk(bytes: Uint8Array, type: number, data: Uint8Array): Uint8Array {
  return changed(bytes, (raw) => {
    raw.flags |= FLAG.more;
    raw.more |= MORE.chunks;
    raw.chunks.unshift({ type, data });
  });
}

function layerEnd(bytes: Uint8Array, layer: number): number {
  return Math.ceil(parseStream(bytes).layers[layer].endBit / 8);
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const SVG = text(
  '<svg xmlns="http://www.w3.org/2000/svg" width="12" height="10"><image href="file:///etc/passwd"/></svg>',
);
const BOMB = new Uint8Array(deflateRawSync(new Uint8Array(16_000_001), { level: 9 }));

/** Files by name. The expected results are in fixtures.ts. */
const FILES: Readonly<Record<string, Uint8Array>> = {
  empty: new Uint8Array(0),
  'one-byte': LOSSY.slice(0, 1),
  'text-file': text('This is no picture.\n'),
  'bad-magic': flipped(LOSSY, 0),
  'version-2': changed(LOSSY, (raw) => {
    raw.flags += 1;
  }),
  'reserved-flag': changed(LOSSY, (raw) => {
    raw.flags |= FLAG.more;
    raw.more |= 0x40;
  }),
  'bad-crc': flipped(LOSSY, parseStream(LOSSY).header.headerBytes - 1),
  'flipped-size': flipped(LOSSY, 2),
  'no-width': changed(LOSSY, (raw) => {
    raw.width = 0;
  }),
  'long-varint': concatBytes(
    LOSSY.subarray(0, 2),
    Uint8Array.of(0x91, 0x80, 0x80, 0x80, 0x80, 0x00),
    LOSSY.subarray(3),
  ),
  'claims-4-gigapixels': changed(LOSSY, (raw) => {
    raw.width = 65536;
    raw.height = 65536;
  }),
  'claims-2-gigapixels-a-side': changed(LOSSY, (raw) => {
    raw.width = 2 ** 31 - 1;
    raw.height = 2 ** 31 - 1;
  }),
  'claims-200-megapixels': changed(LOSSY, (raw) => {
    raw.width = 16000;
    raw.height = 12500;
  }),
  'thin-canvas': changed(LOSSY, (raw) => {
    raw.width = 268402689;
    raw.height = 1;
  }),
  'no-steps': changed(LOSSY, (raw) => {
    raw.end = 0;
  }),
  'end-above-start': changed(LOSSY, (raw) => {
    raw.end = 64 + 2048 + 1440;
  }),
  'end-below-lowest': changed(LOSSY, (raw) => {
    raw.end = 63;
  }),
  'ladder-step-0': changed(LOSSY, (raw) => {
    raw.flags |= FLAG.more;
    raw.more |= MORE.parameters;
    raw.stepEighths = 0;
  }),
  'flipped-model-id': changed(LOSSY, (raw) => {
    raw.flags |= FLAG.more;
    raw.more |= MORE.modelId;
    raw.model[7] ^= 1;
  }),
  'truncated-header': LOSSY.slice(0, 3),
  'truncated-mid-step': LOSSY.slice(0, layerEnd(LOSSY, 3) + 1),
  'truncated-chunk': CHUNKS.slice(0, parseStream(CHUNKS).startBytes - 10),
  'truncated-tail': TAIL.slice(0, -3),
  'bytes-after-end': concatBytes(LOSSY, text('more')),
  'budget-out-of-range': changed(LOSSY, (raw) => {
    raw.layers = Uint8Array.of(0x00, 0xff, 0x00, 0x00);
  }),
  // An exponent of 12 for the means of blocks.
  'gains-out-of-range': changed(LOSSY, (raw) => {
    raw.layers = Uint8Array.of(0x00, 0x43, 0x18, 0x00);
  }),
  'budget-code-too-long': changed(LOSSY, (raw) => {
    raw.layers = new Uint8Array(40);
  }),
  'flipped-code-bit': flipped(CHECKED, layerEnd(CHECKED, 5) - 4),
  'unknown-critical-chunk': withChunk(LOSSY, 0x05, text('must be known')),
  'unknown-ancillary-chunk': withChunk(LOSSY, 0xfe, text('may be skipped')),
  'chunk-twice': changed(CHUNKS, (raw) => {
    raw.chunks.push(raw.chunks[0]);
  }),
  'chunk-checksum': changed(CHUNKS, (raw) => {
    raw.chunks[0].damage = 1;
  }),
  'chunk-claims-2-gigabytes': changed(CHUNKS, (raw) => {
    raw.chunks[0].claimed = 2 ** 31 - 1;
  }),
  'icc-bomb': withChunk(LOSSY, CHUNK.icc, BOMB),
  'icc-not-deflate': withChunk(LOSSY, CHUNK.icc, text('not raw deflate')),
  'alpha-is-svg': withChunk(LOSSY, CHUNK.alpha, SVG),
  'alpha-of-another-size': withChunk(LOSSY, CHUNK.alpha, parseStream(CHUNKS).chunks.get(CHUNK.alpha) ?? SVG),
  'tail-checksum': changed(TAIL, (raw) => {
    if (raw.tail) raw.tail.checksum[0] ^= 1;
  }),
  'tail-message': flipped(TAIL, -20),
  'tail-claims-too-much': changed(TAIL, (raw) => {
    if (raw.tail) raw.tail.claimed = 2 ** 31 - 1;
  }),
  'tail-length-endless': changed(TAIL, (raw) => {
    raw.tail = { claimed: 2 ** 36, checksum: new Uint8Array(4), data: new Uint8Array(9) };
  }),
  'bytes-after-tail': concatBytes(TAIL, text('more')),
  'dithered-length-out-of-range': changed(DITHERED, (raw) => {
    raw.layers = Uint8Array.of(0x00, 0x0f, 0xff, 0xff, 0xff);
  }),
  'dithered-damage': flipped(withChecksums(DITHERED), -6),
};

mkdirSync(FOLDER, { recursive: true });
for (const [name, bytes] of Object.entries(FILES)) writeFileSync(`${FOLDER}/${name}.ddpm`, bytes);
process.stdout.write(`${Object.keys(FILES).length} files in ${FOLDER}\n`);
