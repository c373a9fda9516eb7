import { describe, expect, it } from 'vitest';
import { readTail, writeTail } from '../../../src/codec/tail/tail-section.ts';

const IMAGE = { width: 4, height: 4 };
const SECTION = { checksum: 0xfedcba98, data: Uint8Array.of(1, 2, 3, 4, 5) };

describe('tail section', () => {
  it('is a length, a checksum and the bytes', () => {
    const bytes = writeTail(SECTION);
    expect([...bytes]).toEqual([5, 0x98, 0xba, 0xdc, 0xfe, 1, 2, 3, 4, 5]);
    expect(readTail(Uint8Array.of(9, 9, ...bytes), 2, IMAGE)).toEqual({ ...SECTION, length: 5, start: 2, end: 12 });
  });

  it('is there in part once its length and checksum are, and missing before', () => {
    const bytes = writeTail(SECTION);
    for (let length = 0; length < 5; length++) {
      expect(readTail(bytes.subarray(0, length), 0, IMAGE)).toBeUndefined();
    }
    for (let length = 5; length < bytes.length; length++) {
      const data = SECTION.data.subarray(0, length - 5);
      const part = { ...SECTION, data, length: 5, start: 0, end: length };
      expect(readTail(bytes.subarray(0, length), 0, IMAGE)).toEqual(part);
    }
  });

  it('is damaged if its length is impossible', () => {
    expect(readTail(Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80, 1), 0, IMAGE)).toMatch(/longer than 5 bytes/);
    expect(readTail(Uint8Array.of(0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0), 0, IMAGE)).toMatch(/out of range/);
  });
});
