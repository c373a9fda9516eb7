/**
 * Tests that the parser of arriving streams gives the same results however the bytes are cut, and reads each tile only
 * once.
 */
import { readdirSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GrowingBytes } from '../../../src/codec/format/growing-bytes.ts';
import { type ParsedStream, parseStream, StreamParser } from '../../../src/codec/format/stream-parser.ts';
import { codedTiles } from '../../support/coded-tiles.ts';

const VECTORS = readdirSync('test/vectors')
  .filter((name) => name.endsWith('.ddpm'))
  .map((name) => ({ name, bytes: new Uint8Array(readFileSync(`test/vectors/${name}`)) }));
const HOSTILE = readdirSync('test/hostile/fixtures').map((name) => ({
  name,
  bytes: new Uint8Array(readFileSync(`test/hostile/fixtures/${name}`)),
}));

/** The result of parsing, or the error, in a form that can be compared. */
function found(parse: () => ParsedStream): unknown {
  try {
    const { layers, partial, chunks, tail, ...rest } = parse();
    const tiles = layers.map((layer) => ({
      endBit: layer.endBit,
      tiles: codedTiles(layer).map(({ bits, packed }) => [bits, Buffer.from(packed).toString('base64')]),
    }));
    const { unpack, ...part } = partial ?? { unpack: () => [] };
    return {
      ...rest,
      partial: partial && { ...part, unpacked: unpack() },
      chunks: [...chunks],
      tail: tail && { ...tail, data: [...tail.data] },
      tiles,
    };
  } catch (error) {
    return `${(error as Error).name} ${(error as Error).message}`;
  }
}

/** Pushes a file in pieces whose lengths repeat the given ones. */
function inPieces(bytes: Uint8Array, lengths: readonly number[]): ParsedStream {
  const parser = new StreamParser();
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const end = Math.min(at + lengths[i % lengths.length], bytes.length);
    parser.push(bytes.subarray(at, end));
    at = end;
  }
  return parser.parsed();
}

const lengths = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 5 });

describe('StreamParser', () => {
  test.each(VECTORS)('$name: the same in pieces of any lengths', ({ bytes }) => {
    const whole = found(() => parseStream(bytes));
    fc.assert(
      fc.property(lengths, (cuts) => {
        expect(found(() => inPieces(bytes, cuts))).toEqual(whole);
      }),
      { numRuns: 20 },
    );
    expect(found(() => inPieces(bytes, [1]))).toEqual(whole);
  });

  test.each(HOSTILE)(
    '$name: the same error, the same damage, or the same bytes after the end, byte by byte',
    ({ bytes }) => {
      if (bytes.length > 20_000) return;
      expect(found(() => inPieces(bytes, [1]))).toEqual(found(() => parseStream(bytes)));
    },
  );

  test('has found everything that the prefix contains after every byte', () => {
    for (const { bytes } of VECTORS.filter((vector) => vector.bytes.length < 2000)) {
      const parser = new StreamParser();
      for (let end = 1; end <= bytes.length; end++) {
        parser.push(bytes.subarray(end - 1, end));
        expect(found(() => parser.parsed())).toEqual(found(() => parseStream(bytes.subarray(0, end))));
      }
    }
  });

  test('reads a tile when its last byte arrives, and only once', () => {
    const { bytes } = VECTORS.find(({ name }) => name.includes('checksums')) ?? { bytes: new Uint8Array(0) };
    const parser = new StreamParser();
    const seen = new Set<unknown>();
    let tiles = 0;
    for (let at = 0; at < bytes.length; at += 7) {
      parser.push(bytes.subarray(at, at + 7));
      for (const layer of parser.layers) seen.add(layer);
    }
    for (const layer of parser.layers) tiles += layer.tiles.length;
    expect(seen.size).toBe(parser.layers.length); // the layers are still the same objects
    expect(tiles).toBeGreaterThan(parser.layers.length - 1);
  });
});

describe('GrowingBytes', () => {
  test('contains the appended bytes, and copies each byte at most a few times', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), (pieces) => {
        const store = new GrowingBytes();
        for (const piece of pieces) store.append(piece);
        expect([...store.bytes]).toEqual(pieces.flatMap((piece) => [...piece]));
        expect(store.length).toBe(store.bytes.length);
      }),
    );
    const store = new GrowingBytes();
    let copies = 0;
    let memory = store.bytes.buffer;
    for (let i = 0; i < 100_000; i++) {
      const before = store.length;
      store.append(Uint8Array.of(i));
      if (store.bytes.buffer !== memory) copies += before;
      memory = store.bytes.buffer;
    }
    expect(copies).toBeLessThan(2 * 100_000);
  });
});
