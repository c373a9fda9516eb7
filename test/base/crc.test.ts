import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { crc8, crc16 } from '../../src/base/crc.ts';

const CHECK = new TextEncoder().encode('123456789');

test('gives the catalogued check values', () => {
  expect(crc8(CHECK)).toBe(0xf4);
  expect(crc16(CHECK)).toBe(0x29b1);
  expect(crc8(new Uint8Array(0))).toBe(0);
  expect(crc16()).toBe(0xffff);
});

test('crc16 can be computed in parts', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 20 })), (parts) => {
      expect(crc16(...parts)).toBe(crc16(Uint8Array.from(parts.flatMap((part) => [...part]))));
    }),
  );
});

test('every burst of up to 8 or 16 bits is found', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 3, maxLength: 40 }),
      fc.nat(),
      fc.integer({ min: 1, max: 0xffff }),
      (bytes, position, burst) => {
        for (const [crc, width] of [
          [crc8, 8],
          [crc16, 16],
        ] as const) {
          const pattern = burst & (2 ** width - 1) || 1;
          const at = position % (bytes.length * 8 - width);
          const damaged = bytes.slice();
          for (let i = 0; i < width; i++) {
            if ((pattern >>> i) & 1) damaged[(at + i) >>> 3] ^= 0x80 >>> ((at + i) & 7);
          }
          expect(crc(damaged)).not.toBe(crc(bytes));
        }
      },
    ),
  );
});
