import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BitReader, BitWriter, copyBits } from '../../../src/codec/format/bits.ts';

/**
 * One call of a writer: an integer of `count` bits, or the first `count` bits of a packed string (followed by random
 * bytes).
 */
type Piece =
  | { readonly kind: 'integer'; readonly value: number; readonly count: number }
  | { readonly kind: 'packed'; readonly bytes: Uint8Array; readonly count: number };

const integer: fc.Arbitrary<Piece> = fc
  .integer({ min: 0, max: 32 })
  .chain((count) =>
    fc.integer({ min: 0, max: 2 ** count - 1 }).map((value) => ({ kind: 'integer' as const, value, count })),
  );
const packed: fc.Arbitrary<Piece> = fc
  .uint8Array({ maxLength: 40 })
  .chain((bytes) =>
    fc.integer({ min: 0, max: bytes.length * 8 }).map((count) => ({ kind: 'packed' as const, bytes, count })),
  );
const pieces = fc.array(fc.oneof(integer, packed), { maxLength: 30 });

/** The bits of a piece as text; a straightforward definition of the expected output. */
function bitText(piece: Piece): string {
  if (piece.kind === 'integer') return piece.count === 0 ? '' : piece.value.toString(2).padStart(piece.count, '0');
  return [...piece.bytes]
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('')
    .slice(0, piece.count);
}

function packText(text: string): Uint8Array {
  const padded = text.padEnd(Math.ceil(text.length / 8) * 8, '0');
  return Uint8Array.from({ length: padded.length / 8 }, (_, i) => Number.parseInt(padded.slice(8 * i, 8 * i + 8), 2));
}

function writeAll(list: readonly Piece[]): BitWriter {
  const writer = new BitWriter();
  for (const piece of list) {
    if (piece.kind === 'integer') writer.write(piece.value, piece.count);
    else writer.writePacked(piece.bytes, piece.count);
  }
  return writer;
}

describe('copyBits', () => {
  test('copies any bits to any place, and nothing else', () => {
    const position = fc.nat(70);
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 9, maxLength: 20 }),
        position,
        position,
        position,
        (source, from, to, most) => {
          const count = Math.min(most, source.length * 8 - from);
          const target = new Uint8Array(20);
          copyBits(source, from, target, to, count);
          const text = bitText({ kind: 'packed', bytes: source, count: source.length * 8 });
          const expected = '0'.repeat(to) + text.slice(from, from + count);
          expect(target).toEqual(packText(expected.padEnd(160, '0')));
        },
      ),
    );
  });
});

describe('BitWriter', () => {
  test('writes the bits of its pieces one after the other', () => {
    fc.assert(
      fc.property(pieces, (list) => {
        const text = list.map(bitText).join('');
        const writer = writeAll(list);
        expect(writer.length).toBe(text.length);
        expect(writer.bytes()).toEqual(packText(text));
      }),
      { numRuns: 300 },
    );
  });

  test('writePacked at every alignment and length', () => {
    const bytes = Uint8Array.from({ length: 9 }, (_, i) => (i * 167 + 201) & 255);
    for (let before = 0; before < 16; before++) {
      for (let count = 0; count <= 72; count++) {
        const list: Piece[] = [
          { kind: 'integer', value: 2 ** before - 1, count: before },
          { kind: 'packed', bytes, count },
          { kind: 'integer', value: 0b101, count: 3 },
        ];
        expect(writeAll(list).bytes(), `${count} bits at ${before}`).toEqual(packText(list.map(bitText).join('')));
      }
    }
  });

  test('grows, and bytes() is a copy', () => {
    const writer = new BitWriter();
    writer.write(1, 1);
    writer.writePacked(new Uint8Array(5000).fill(0xa5), 40000);
    const before = writer.bytes();
    expect(before).toHaveLength(5001);
    writer.write(127, 7);
    expect(before[5000]).toBe(0x80);
    expect(writer.bytes()[5000]).toBe(0xff);
  });
});

describe('BitReader', () => {
  test('reads back what was written', () => {
    fc.assert(
      fc.property(pieces, (list) => {
        const writer = writeAll(list);
        const reader = new BitReader(writer.bytes());
        for (const piece of list) {
          if (piece.kind === 'integer') expect(reader.read(piece.count)).toBe(piece.value);
          else expect(reader.readPacked(piece.count)).toEqual(packText(bitText(piece)));
        }
        expect(reader.position).toBe(writer.length);
        expect(reader.remaining).toBeLessThan(8);
      }),
      { numRuns: 300 },
    );
  });

  test('starts at any position, and returns undefined at the end without moving', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 8 }), fc.nat(), fc.integer({ min: 1, max: 32 }), (bytes, start, more) => {
        const position = start % (bytes.length * 8 + 1);
        const reader = new BitReader(bytes, position);
        const { remaining } = reader;
        expect(remaining).toBe(bytes.length * 8 - position);
        expect(reader.readPacked(remaining + more)).toBeUndefined();
        if (remaining + more <= 32) expect(reader.read(remaining + more)).toBeUndefined();
        expect(reader.position).toBe(position);
        const text = bitText({ kind: 'packed', bytes, count: bytes.length * 8 }).slice(position);
        expect(reader.readPacked(remaining)).toEqual(packText(text));
        expect(reader.remaining).toBe(0);
      }),
    );
  });
});
