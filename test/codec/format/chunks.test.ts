import { crc32 as zlibCrc32 } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32 } from '../../../src/base/crc.ts';
import { DdpmError } from '../../../src/base/errors.ts';
import { CHUNK, readChunk, writeChunks } from '../../../src/codec/format/chunks.ts';
import { FieldReader } from '../../../src/codec/format/fields.ts';

const contents = fc.uint8Array({ maxLength: 300 });
const chunks = fc
  .uniqueArray(fc.tuple(fc.constantFrom(0x03, 0x81, 0x82, 0x83, 0x80, 0xff), contents), {
    selector: ([type]) => type,
    minLength: 1,
  })
  .map((entries) => new Map(entries));
/** All chunks of a section. */
function readChunks(fields: FieldReader): Map<number, Uint8Array> {
  const found = new Map<number, Uint8Array>();
  while (readChunk(fields, found));
  return found;
}
const read = (bytes: Uint8Array): ReturnType<typeof readChunks> => readChunks(new FieldReader(bytes));

test('crc32 is that of zip and PNG', () => {
  expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
  if (zlibCrc32) fc.assert(fc.property(contents, (bytes) => crc32(bytes) === zlibCrc32(bytes)));
});

describe('writeChunks and readChunk', () => {
  test('round trip; no chunks take no bytes', () => {
    fc.assert(
      fc.property(chunks, contents, (value, rest) => {
        const bytes = writeChunks(value);
        const fields = new FieldReader(Uint8Array.of(...bytes, ...rest));
        expect([...readChunks(fields)]).toEqual([...value]);
        expect(fields.at).toBe(bytes.length);
      }),
    );
    expect(writeChunks(new Map())).toHaveLength(0);
  });

  test('known bytes', () => {
    const crc = crc32(Uint8Array.of(0x81, 7, 8));
    const sealed = [crc, crc >>> 8, crc >>> 16, crc >>> 24].map((byte) => byte & 255);
    expect([...writeChunks(new Map([[CHUNK.icc, Uint8Array.of(7, 8)]]))]).toEqual([0x81, 2, 7, 8, ...sealed, 0]);
  });

  test('every flipped bit and every cut is found', () => {
    const bytes = writeChunks(
      new Map([
        [CHUNK.alpha, Uint8Array.of(1, 2, 3)],
        [CHUNK.xmp, new Uint8Array(5)],
      ]),
    );
    for (let length = 0; length < bytes.length; length++)
      expect(() => read(bytes.subarray(0, length))).toThrow(DdpmError);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = bytes.slice();
      damaged[bit >>> 3] ^= 1 << (bit & 7);
      expect(() => read(damaged), `bit ${bit}`).toThrow(DdpmError);
    }
  });

  test.each([
    ['unknown and critical', Uint8Array.of(0x02, 0, 0, 0, 0, 0, 0), /chunk type at byte 0: 2 is unknown and critical/],
    ['too long', Uint8Array.of(0x81, 255, 255, 255, 255, 7), /ends at byte 6, in chunk of 2147483647 bytes/],
    ['no number', Uint8Array.of(0x81, 255, 255, 255, 255, 255, 1), /chunk length at byte 1: longer than 5 bytes/],
  ])('refuses: %s', (_, bytes, message) => {
    expect(() => read(bytes)).toThrow(message);
  });

  test('refuses the same type twice', () => {
    const one = writeChunks(new Map([[CHUNK.exif, Uint8Array.of(9)]])).slice(0, -1);
    expect(() => read(Uint8Array.of(...one, ...one, 0))).toThrow(/130 is there twice/);
  });
});
