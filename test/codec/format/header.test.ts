import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc8 } from '../../../src/base/crc.ts';
import { DdpmError } from '../../../src/base/errors.ts';
import { DEFAULT_LIMIT_PIXELS } from '../../../src/base/pixel-limit.ts';
import { FORMAT_MODEL } from '../../../src/codec/format/default-model.ts';
import { checkPixels, type Header, readHeader, writeHeader } from '../../../src/codec/format/header.ts';
import { firstPosition, LOWEST_POSITION, nominalEnd } from '../../../src/codec/format/noise-ladder.ts';
import { coarsestLevel } from '../../../src/codec/grid/geometry.ts';
import { MODEL_PATH } from '../../support/model-files.ts';

const CIFAR: Header = {
  width: 32,
  height: 32,
  grey: false,
  checksums: false,
  chunks: false,
  model: FORMAT_MODEL.id,
  stepEighths: 12,
  seed: 0,
  endPosition: -1445,
  freeEnd: true,
};

const side = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 16000 }));
const modelId = fc.oneof(
  fc.constant(FORMAT_MODEL.id),
  fc
    .uint8Array({ minLength: 8, maxLength: 8 })
    .map((bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')),
);
const header: fc.Arbitrary<Header> = fc
  .record({
    width: side,
    height: side,
    grey: fc.boolean(),
    checksums: fc.boolean(),
    chunks: fc.boolean(),
    flat: fc.boolean(),
    model: modelId,
    stepEighths: fc.oneof(fc.constantFrom(8, 12, 16), fc.integer({ min: 1, max: 255 })),
    seed: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2 ** 32 - 1 })),
    freeEnd: fc.boolean(),
    end: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  })
  .map(({ end, flat, ...others }) => {
    const rest = { ...others, ...(flat && { flat }) };
    const levels = coarsestLevel(rest);
    if (rest.freeEnd) {
      const range = firstPosition(levels) - LOWEST_POSITION;
      return { ...rest, endPosition: LOWEST_POSITION + Math.floor(end * range) };
    }
    let count = 1 + Math.floor(63 * end);
    while (nominalEnd(levels, rest.stepEighths, count) < LOWEST_POSITION) count--;
    return { ...rest, endPosition: nominalEnd(levels, rest.stepEighths, count) };
  });

/** The header with its checksum recomputed. */
function resealed(bytes: Uint8Array): Uint8Array {
  return Uint8Array.of(...bytes.subarray(0, -1), crc8(bytes.subarray(0, -1)));
}

/** Reads a header, which must throw a DdpmError, and returns that error. */
function failure(bytes: Uint8Array, limit?: number): DdpmError {
  try {
    readHeader(bytes, limit);
  } catch (error) {
    if (error instanceof DdpmError) return error;
    throw error;
  }
  throw new Error('expected a DdpmError');
}

describe('writeHeader and readHeader', () => {
  test('round trip, whatever bytes follow', () => {
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 10 }), (value, rest) => {
        const bytes = writeHeader(value);
        expect(readHeader(Uint8Array.of(...bytes, ...rest))).toEqual({ ...value, headerBytes: bytes.length });
      }),
      { numRuns: 500 },
    );
  });

  test('known bytes', () => {
    // magic, version 1 and square, side, 64 + 2048 - 1445 = 667 = 0x1b + 5 * 128, checksum
    const known = [0xdd, 0x41, 32, 0x9b, 0x05];
    expect([...writeHeader(CIFAR)]).toEqual([...known, crc8(Uint8Array.from(known))]);
    const nominal = [0xdd, 0x41, 32, 7];
    const sevenSteps = { ...CIFAR, endPosition: nominalEnd(0, 12, 7), freeEnd: false };
    expect([...writeHeader(sevenSteps)]).toEqual([...nominal, crc8(Uint8Array.from(nominal))]);
    const full = {
      ...CIFAR,
      width: 768,
      height: 512,
      grey: true,
      checksums: true,
      chunks: true,
      model: '00112233445566ff',
      stepEighths: 8,
      seed: 300,
    };
    const fullBytes = [0xdd, 0xb1, 0x07, 0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0xff, 0x80, 6, 0x80, 4, 8, 0xac, 2];
    expect([...writeHeader(full).subarray(0, -1)]).toEqual([...fullBytes, 0x9b, 5]);
  });

  test('fits the budget of bytes: 16 for 32x32 by default, 24 for 768x512', () => {
    expect(writeHeader(CIFAR).length).toBeLessThanOrEqual(16);
    expect(writeHeader({ ...CIFAR, model: '0123456789abcdef' }).length).toBeLessThanOrEqual(24);
    const large = { ...CIFAR, width: 768, height: 512, checksums: true, stepEighths: 8 };
    expect(writeHeader(large).length).toBeLessThanOrEqual(24);
  });

  test('distinguishes a nominal end from a free end at the same position', () => {
    const endPosition = nominalEnd(0, 12, 7);
    for (const freeEnd of [false, true]) {
      expect(readHeader(writeHeader({ ...CIFAR, endPosition, freeEnd }))).toMatchObject({ endPosition, freeEnd });
    }
    expect(() => writeHeader({ ...CIFAR, freeEnd: false })).toThrow(/-1445 is not the end of a nominal step/);
  });

  test('a free end above -1984 does not change the length', () => {
    const lengths = [-1983, -1445, 0, 1439].map((endPosition) => writeHeader({ ...CIFAR, endPosition }).length);
    expect(new Set(lengths)).toEqual(new Set([6]));
  });

  test('accepts a byte of further flags in which no flag is set', () => {
    const plain = writeHeader(CIFAR);
    const longer = resealed(Uint8Array.of(0xdd, 0xc1, 0, ...plain.subarray(2)));
    expect(readHeader(longer)).toEqual({ ...readHeader(plain), headerBytes: plain.length + 1 });
  });

  test('a stream that names no model means the shipped one', () => {
    const weights = readFileSync(MODEL_PATH);
    expect(createHash('sha256').update(weights).digest('hex').slice(0, 16)).toBe(FORMAT_MODEL.id);
  });
});

describe('damage', () => {
  test('every truncated prefix is ERR_DDPM_CORRUPT and says where it ends', () => {
    fc.assert(
      fc.property(header, (value) => {
        const bytes = writeHeader(value);
        for (let length = 0; length < bytes.length; length++) {
          const error = failure(bytes.subarray(0, length));
          expect(error.code).toBe('ERR_DDPM_CORRUPT');
          expect(error.message).toContain(`ends at byte ${length}`);
        }
      }),
    );
  });

  test('every single flipped bit is found', () => {
    fc.assert(
      fc.property(header, (value) => {
        const bytes = writeHeader(value);
        let accepted = 0;
        for (let bit = 0; bit < bytes.length * 8; bit++) {
          const damaged = Uint8Array.of(...bytes, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
          damaged[bit >>> 3] ^= 0x80 >>> (bit & 7);
          try {
            // A flip that changes the length of a field moves the checksum; then 1 of 256 headers is accepted by
            // chance.
            if (readHeader(damaged).headerBytes === bytes.length) throw new Error(`bit ${bit} was not noticed`);
            accepted++;
          } catch (error) {
            if (!(error instanceof DdpmError)) throw error;
            expect(['ERR_DDPM_CORRUPT', 'ERR_DDPM_LIMIT']).toContain(error.code);
          }
        }
        expect(accepted).toBeLessThanOrEqual(3);
      }),
      { numRuns: 100 },
    );
  });

  test('random bytes never throw anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.boolean(), (bytes, start) => {
        const hostile = start ? Uint8Array.of(0xdd, 0x01, ...bytes) : bytes;
        try {
          readHeader(hostile);
        } catch (error) {
          expect(error).toBeInstanceOf(DdpmError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  // Magic, version and flags (not square), width, height, end in two bytes, checksum.
  const good = writeHeader({ ...CIFAR, height: 33 });
  const withByte = (at: number, value: number): Uint8Array => resealed(good.with(at, value));
  const withWidth = (...bytes: number[]): Uint8Array =>
    resealed(Uint8Array.of(...good.subarray(0, 2), ...bytes, 1, 70, 0));
  test.each<[string, Uint8Array, RegExp]>([
    ['another file', new TextEncoder().encode('P6\n1 1\n255\n'), /^not a \.ddpm file/],
    ['version 2', withByte(1, 0x02), /version at byte 1: 2, this decoder reads 1/],
    ['version 0', withByte(1, 0x00), /version at byte 1: 0/],
    [
      'further flag 0x40',
      resealed(Uint8Array.of(0xdd, 0xc1, 0x40, 32, 10, 0)),
      /further flags at byte 2: 0x40 has unknown/,
    ],
    ['further flag 0x80', resealed(Uint8Array.of(0xdd, 0xc1, 0x81, 32, 10, 0)), /further flags at byte 2: 0x81 has/],
    ['checksum', good.with(-1, good[good.length - 1] ^ 1), /header checksum at byte 6: does not match/],
    ['no width', withByte(2, 0), /size at byte 2: 0 x 33/],
    ['no height', withByte(3, 0), /size at byte 2: 32 x 0/],
    ['varint of 6 bytes', withWidth(128, 128, 128, 128, 128, 1), /width .*5 b/],
    ['width of 2^31', withWidth(128, 128, 128, 128, 8), /width .*above/],
    ['ladder step 0', resealed(Uint8Array.of(0xdd, 0xc1, 1, 32, 0, 0, 70, 0)), /ladder step .*: 0, expected/],
    ['no steps', resealed(Uint8Array.of(0xdd, 0x41, 32, 0, 0)), /end at byte 3: 0 steps/],
    ['too many steps', resealed(Uint8Array.of(0xdd, 0x41, 32, 11, 0)), /end at byte 3: 11 steps lead below/],
    ['end above the start', writeHeader({ ...CIFAR, endPosition: firstPosition(0) }), /position 1440 is not below/],
  ])('%s', (_, bytes, message) => {
    expect(failure(bytes)).toMatchObject({ code: 'ERR_DDPM_CORRUPT', message: expect.stringMatching(message) });
  });
});

describe('limits', () => {
  test.each([
    [16383, 16383, true],
    [16384, 16383, false],
    [2 ** 31 - 1, 2 ** 31 - 1, false],
    [1, DEFAULT_LIMIT_PIXELS, false], // its canvas of whole blocks is 8 wide
    [DEFAULT_LIMIT_PIXELS, 1, false],
    [4, DEFAULT_LIMIT_PIXELS / 4 - 0.25, true],
  ])('%i x %i: accepted %s', (width, height, accepted) => {
    const bytes = writeHeader({ ...CIFAR, width, height });
    if (accepted) expect(readHeader(bytes)).toMatchObject({ width, height });
    else expect(failure(bytes)).toMatchObject({ code: 'ERR_DDPM_LIMIT' });
  });

  test("applies the caller's limit and names it in the message", () => {
    const bytes = writeHeader({ ...CIFAR, width: 100, height: 80 });
    expect(readHeader(bytes, 8000).width).toBe(100);
    const error = failure(bytes, 7999);
    expect(error).toMatchObject({ code: 'ERR_DDPM_LIMIT' });
    expect(error.message).toMatch(/100 x 80 pixels.*limitInputPixels 7999/);
  });

  test('twice the limit applies to the canvas of whole blocks', () => {
    expect(() => checkPixels({ width: 1, height: 1 }, 32)).not.toThrow();
    expect(() => checkPixels({ width: 1, height: 1 }, 31)).toThrow(DdpmError);
    expect(() => checkPixels({ width: 16, height: 16 }, 256)).not.toThrow();
  });
});
