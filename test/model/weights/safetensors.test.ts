import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DdpmError } from '../../../src/base/errors.ts';
import { parseSafetensors } from '../../../src/model/weights/safetensors.ts';
import { joinSafetensors, writeSafetensors } from '../../support/write-safetensors.ts';

const SMALL = writeSafetensors(
  {
    a: { dtype: 'F32', shape: [2, 2], values: [1, -2, 0.5, 3e38] },
    h: { dtype: 'F16', shape: [3], values: [0x3c00, 0xc000, 0x0001] },
    scalar: { dtype: 'F32', shape: [], values: [7] },
    empty: { dtype: 'F32', shape: [0, 5], values: [] },
  },
  { config: '{}' },
);

function entry(dtype: unknown, shape: unknown, offsets: unknown): string {
  return `{"dtype":${JSON.stringify(dtype)},"shape":${JSON.stringify(shape)},"data_offsets":${JSON.stringify(offsets)}}`;
}

describe('parseSafetensors', () => {
  test('reads tensors and metadata, at any alignment', () => {
    for (const shift of [0, 1, 2, 3]) {
      const shifted = new Uint8Array(SMALL.length + shift);
      shifted.set(SMALL, shift);
      const { tensors, metadata } = parseSafetensors(shifted.subarray(shift), 'x');
      expect(metadata).toEqual({ config: '{}' });
      expect([...tensors.keys()]).toEqual(['a', 'h', 'scalar', 'empty']);
      expect(tensors.get('a')).toEqual({
        dtype: 'F32',
        shape: [2, 2],
        data: new Float32Array([1, -2, 0.5, 3e38]),
      });
      expect(tensors.get('h')?.data).toEqual(new Float32Array([1, -2, 2 ** -24]));
      expect(tensors.get('scalar')?.data).toEqual(new Float32Array([7]));
      expect(tensors.get('empty')?.data.length).toBe(0);
    }
  });

  test('converts every binary16 pattern as IEEE 754 defines it', () => {
    const patterns = Array.from({ length: 65536 }, (_, i) => i);
    const bytes = writeSafetensors({ h: { dtype: 'F16', shape: [65536], values: patterns } });
    const data = parseSafetensors(bytes, 'x').tensors.get('h')?.data as Float32Array;
    for (const half of patterns) {
      const exponent = (half >> 10) & 31;
      const fraction = half & 1023;
      const finite = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
      const size = exponent < 31 ? finite : fraction === 0 ? Number.POSITIVE_INFINITY : Number.NaN;
      if (!Object.is(data[half], half < 32768 ? size : -size)) {
        throw new Error(`pattern ${half} became ${data[half]}`);
      }
    }
  });

  const four = new Uint8Array(4);
  const defects: [string, Uint8Array, RegExp][] = [
    ['empty file', new Uint8Array(0), /file is 0 bytes long/],
    ['header longer than the file', SMALL.subarray(0, 60), /header length is \d+ bytes, limit 52/],
    ['header of 2^63 bytes', new Uint8Array(16).fill(0x7f, 0, 8), /header length is .* limit 8/],
    ['not JSON', joinSafetensors('{', four), /header is not JSON/],
    ['not UTF-8', joinSafetensors('{}', four).fill(0xff, 8, 10), /header is not JSON in UTF-8/],
    ['not an object', joinSafetensors('[]', new Uint8Array(0)), /header is \[\], expected/],
    ['twice the same tensor', joinSafetensors('{"a":1,"\\u0061":2}', four), /field "a" twice/],
    ['twice the same field', joinSafetensors(`{"a":{"dtype":"F32","dtype":"F16"}}`, four), /field "dtype" twice/],
    ['metadata not an object', joinSafetensors('{"__metadata__":[]}', four), /__metadata__ is \[\]/],
    ['metadata not strings', joinSafetensors('{"__metadata__":{"k":1}}', four), /field "k" is 1/],
    ['entry not an object', joinSafetensors('{"a":null}', four), /tensor "a": entry is null/],
    ['unknown field', joinSafetensors('{"a":{"x":1}}', four), /unknown field "x"/],
    ['unsupported dtype', joinSafetensors(`{"a":${entry('BF16', [2], [0, 4])}}`, four), /dtype is "BF16"/],
    ['negative size', joinSafetensors(`{"a":${entry('F32', [-1], [0, 4])}}`, four), /shape is \[-1\]/],
    ['fractional size', joinSafetensors(`{"a":${entry('F32', [0.5], [0, 4])}}`, four), /shape is \[0.5\]/],
    ['shape missing', joinSafetensors('{"a":{"dtype":"F32"}}', four), /shape is undefined/],
    ['one offset', joinSafetensors(`{"a":${entry('F32', [1], [0])}}`, four), /data_offsets is \[0\]/],
    ['offsets reversed', joinSafetensors(`{"a":${entry('F32', [1], [4, 0])}}`, four), /data_offsets span -4/],
    ['product overflows', joinSafetensors(`{"a":${entry('F32', [2 ** 31, 2 ** 31], [0, 4])}}`, four), /span 4/],
    ['length differs', joinSafetensors(`{"a":${entry('F32', [2], [0, 4])}}`, four), /is 8 bytes, data_offsets span 4/],
    ['beyond the end', joinSafetensors(`{"a":${entry('F32', [2], [0, 8])}}`, four), /end at 8, limit 4/],
    ['gap', joinSafetensors(`{"a":${entry('F32', [1], [4, 8])}}`, new Uint8Array(8)), /begin at 4, expected 0: gap/],
    [
      'overlap',
      joinSafetensors(`{"a":${entry('F32', [1], [0, 4])},"b":${entry('F16', [1], [2, 4])}}`, four),
      /begin at 2, expected 4: overlap/,
    ],
    ['bytes left over', joinSafetensors('{}', four), /data is 4 bytes long, the tensors cover 0/],
    ['hostile name', joinSafetensors(`{"${'\\n'.repeat(999)}":1}`, four), /^x: tensor "[\\n]+\.\.\.: entry is 1/],
  ];
  test.each(defects)('refuses: %s', (_, bytes, message) => {
    const error = catchError(() => parseSafetensors(bytes, 'x'));
    expect(error).toBeInstanceOf(DdpmError);
    expect(error).toMatchObject({ code: 'ERR_DDPM_MODEL_CORRUPT', message: expect.stringMatching(message) });
    expect((error as Error).message).toMatch(/^x: [^\n]{1,300}$/);
  });

  test('every prefix and every mutation parses or is refused by code', () => {
    for (let length = 0; length < SMALL.length; length++) {
      expect(catchError(() => parseSafetensors(SMALL.subarray(0, length), 'x'))).toBeInstanceOf(DdpmError);
    }
    const change = fc.record({
      at: fc.nat(SMALL.length - 1),
      value: fc.oneof(fc.nat(255), fc.constantFrom(0x22, 0x2c, 0x30, 0x7b)),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const bytes = SMALL.slice();
        for (const { at, value } of changes) {
          bytes[at] = value;
        }
        const error = catchError(() => parseSafetensors(bytes, 'x'));
        return error === undefined || (error instanceof DdpmError && error.code === 'ERR_DDPM_MODEL_CORRUPT');
      }),
      { numRuns: 3000 },
    );
  });
});

function catchError(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}
