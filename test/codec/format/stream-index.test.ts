import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CHUNK, chunksLength, writeChunks } from '../../../src/codec/format/chunks.ts';
import { readIndex, type StreamIndex, withIndex, writeIndex } from '../../../src/codec/format/stream-index.ts';

const length = fc.integer({ min: 0, max: 2 ** 31 });
const psnr = fc.oneof(
  fc.integer({ min: 1, max: 254 }).map((quarters) => quarters / 4),
  fc.constant(Number.POSITIVE_INFINITY),
);
const index: fc.Arbitrary<StreamIndex> = fc.record({
  startBytes: length,
  layers: fc.array(fc.record({ bytes: length, psnr }, { requiredKeys: ['bytes'] }), { minLength: 1, maxLength: 30 }),
  tailBytes: fc.option(length),
});

describe('the index', () => {
  test('of docs/format.md, byte by byte', () => {
    const layers = [
      { bytes: 40, psnr: 17.61 },
      { bytes: 300, psnr: 24 },
    ];
    const data = writeIndex({ startBytes: 21, layers, tailBytes: null });
    expect(Buffer.from(data).toString('hex')).toBe('152846ac0260');
    expect(Buffer.from(writeChunks(new Map([[CHUNK.index, data]]))).toString('hex')).toBe('8406152846ac02604d46065200');
  });

  test('is read as it was written', () => {
    fc.assert(
      fc.property(index, (value) => {
        expect(readIndex(writeIndex(value), value.layers.length, value.tailBytes !== null)).toEqual(value);
      }),
    );
  });

  test('rounds PSNR down to quarters of a dB, up to 63.5 below exact', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.25, max: 100, noNaN: true }), (value) => {
        const data = writeIndex({ startBytes: 1, layers: [{ bytes: 1, psnr: value }], tailBytes: null });
        const { psnr: read } = readIndex(data, 1, false)?.layers[0] ?? expect.fail('an index');
        expect(read).toBeLessThanOrEqual(value);
        expect(read).toBeGreaterThan(Math.min(value, 63.75) - 0.25 - 1e-9);
      }),
    );
  });

  test('a PSNR below a quarter of a dB is not known', () => {
    const data = writeIndex({ startBytes: 1, layers: [{ bytes: 1, psnr: 0.24 }], tailBytes: null });
    expect(readIndex(data, 1, false)?.layers).toEqual([{ bytes: 1 }]);
  });

  test('any bytes are one, whose shortest form is no longer, or none', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 40 }),
        fc.integer({ min: 1, max: 12 }),
        fc.boolean(),
        (data, layers, tail) => {
          const read = readIndex(data, layers, tail);
          if (!read) return;
          expect(read.layers).toHaveLength(layers);
          expect(writeIndex(read).length).toBeLessThanOrEqual(data.length);
          expect(readIndex(data, layers + 1, tail)).toBeUndefined();
          expect(readIndex(Uint8Array.of(...data, 0), layers, tail)).toBeUndefined();
        },
      ),
    );
  });

  test('tells the length of header and chunks, of which it is a part', () => {
    fc.assert(
      fc.property(index, fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 5, max: 31 }), (parts, icc, header) => {
        const others = new Map([[CHUNK.icc, new Uint8Array(icc)]]);
        const chunks = withIndex(others, parts, (all) => header + chunksLength(all));
        expect([...chunks.keys()]).toEqual([CHUNK.index, CHUNK.icc]);
        const read = readIndex(
          chunks.get(CHUNK.index) ?? new Uint8Array(0),
          parts.layers.length,
          parts.tailBytes !== null,
        );
        expect(read).toEqual({ ...parts, startBytes: header + writeChunks(chunks).length });
      }),
    );
  });
});
