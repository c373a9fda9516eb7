import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BitWriter } from '../../../src/codec/format/bits.ts';
import { type PackedBits, readInterleaved, writeInterleaved } from '../../../src/codec/format/interleaved-bits.ts';

const tile: fc.Arbitrary<PackedBits> = fc.uint8Array({ maxLength: 60 }).chain((bytes) =>
  fc.integer({ min: 0, max: bytes.length * 8 }).map((bits) => {
    const packed = bytes.slice(0, Math.ceil(bits / 8));
    if (bits & 7) packed[packed.length - 1] &= 0xff00 >>> (bits & 7);
    return { packed, bits };
  }),
);
const tiles = fc.array(tile, { maxLength: 9 });

/** Bits as text. */
function bitText({ packed, bits }: PackedBits): string {
  return [...packed]
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('')
    .slice(0, bits);
}

/** Interleaved bits as text: the definition of docs/format.md, "Layers". */
function interleavedText(list: readonly PackedBits[]): string {
  let text = '';
  for (let i = 0; i < 64; i++) {
    for (const part of list) {
      text += bitText(part).slice(Math.floor((part.bits * i) / 64), Math.floor((part.bits * (i + 1)) / 64));
    }
  }
  return text;
}

/** The tiles' bits after `before` others. */
function written(list: readonly PackedBits[], before: number): BitWriter {
  const out = new BitWriter();
  for (let i = 0; i < before; i++) out.write(1, 1);
  writeInterleaved(out, list);
  return out;
}

describe('interleaved bits', () => {
  test('are slices of the tiles by turns, at any position', () => {
    fc.assert(
      fc.property(tiles, fc.nat(20), (list, before) => {
        const out = written(list, before);
        const text = '1'.repeat(before) + interleavedText(list);
        expect(out.length).toBe(text.length);
        expect(bitText({ packed: out.bytes(), bits: out.length })).toBe(text);
      }),
    );
  });

  test('are read as they were written', () => {
    fc.assert(
      fc.property(tiles, fc.nat(20), (list, before) => {
        const out = written(list, before);
        const sizes = list.map(({ bits }) => bits);
        expect(readInterleaved(out.bytes(), before, sizes, out.length - before)).toEqual(list);
      }),
    );
  });

  test('cut anywhere give the first bits of each tile, about the same share of all', () => {
    fc.assert(
      fc.property(tiles, fc.nat(20), fc.nat(), (list, before, cut) => {
        const out = written(list, before);
        const available = cut % (out.length - before + 1);
        const sizes = list.map(({ bits }) => bits);
        // What is behind the cut must not matter.
        const bytes = out.bytes().slice(0, Math.ceil((before + available) / 8));
        const parts = readInterleaved(bytes, before, sizes, available);
        expect(parts.reduce((sum, { bits }) => sum + bits, 0)).toBe(available);
        const slices = parts.map((part, i) => {
          expect(part.packed).toHaveLength(Math.ceil(part.bits / 8));
          expect(bitText(part)).toBe(bitText(list[i]).slice(0, part.bits));
          return (part.bits * 64) / sizes[i];
        });
        const shares = slices.filter((_, i) => sizes[i] >= 64);
        for (const share of shares) expect(Math.abs(share - shares[0])).toBeLessThanOrEqual(2);
      }),
    );
  });

  test('sizes that are only claimed take no memory', () => {
    const sizes = new Array<number>(1000).fill(786_432);
    const before = process.memoryUsage().arrayBuffers;
    const parts = readInterleaved(Uint8Array.of(0xff, 0x0f), 0, sizes, 16);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e6);
    expect(parts.map(({ bits }) => bits).slice(0, 3)).toEqual([16, 0, 0]);
    expect(parts[0].packed).toEqual(Uint8Array.of(0xff, 0x0f));
  });
});
