import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseSafetensors, parseSafetensorsHeader, type Tensor } from '../../../src/model/weights/safetensors.ts';
import { writeSafetensors } from '../../../src/model/weights/safetensors-writer.ts';

function written(data: Float32Array, dtype: Tensor['dtype'] = 'F32'): Uint8Array {
  return writeSafetensors({ tensors: new Map([['x', { dtype, shape: [data.length], data }]]), metadata: { a: 'ü"' } });
}

describe('writeSafetensors', () => {
  test('writes files that can be read', () => {
    fc.assert(
      fc.property(fc.array(fc.float32Array({ maxLength: 9, noNaN: true }), { maxLength: 4 }), (arrays) => {
        const tensors = new Map(
          arrays.map((data, i): [string, Tensor] => [`t${i}`, { dtype: 'F32', shape: [1, data.length], data }]),
        );
        const bytes = writeSafetensors({ tensors, metadata: { config: '{}' } });
        expect(parseSafetensors(bytes, 'x')).toEqual({ tensors, metadata: { config: '{}' } });
        expect(writeSafetensors({ tensors, metadata: { config: '{}' } })).toEqual(bytes);
      }),
    );
  });

  test('every binary16 value survives', () => {
    const halves = Uint16Array.from({ length: 65536 }, (_, i) => i).filter(
      (half) => (half & 0x7c00) !== 0x7c00 || !(half & 0x3ff),
    );
    const before = halfFile(halves);
    const data = parseSafetensors(before, 'x').tensors.get('x')?.data as Float32Array;
    const after = parseSafetensors(written(data, 'F16'), 'x').tensors.get('x')?.data as Float32Array;
    expect(after).toEqual(data);
  });

  test('rounds to the nearest binary16, ties to even', () => {
    // 1 + 2^-11 lies between 1 and 1 + 2^-10; 1 + 3 * 2^-11 between 1 + 2^-10 and 1 + 2^-9.
    const cases: [number, number][] = [
      [1 + 2 ** -11, 1],
      [1 + 3 * 2 ** -11, 1 + 2 ** -9],
      [1 + 2 ** -11 + 2 ** -20, 1 + 2 ** -10],
      [65504, 65504],
      [65520, Number.POSITIVE_INFINITY],
      [2 ** -25, 0],
      [2 ** -25 * 1.5, 2 ** -24],
      [-(2 ** -14 - 2 ** -25), -(2 ** -14)],
    ];
    const { tensors } = parseSafetensors(
      written(
        Float32Array.from(cases, ([value]) => value),
        'F16',
      ),
      'x',
    );
    expect([...(tensors.get('x')?.data ?? [])]).toEqual(cases.map(([, half]) => half));
  });

  test('the header can be read without the data', () => {
    const bytes = written(Float32Array.of(1, 2, 3));
    const end = 8 + new DataView(bytes.buffer).getUint32(0, true);
    expect(end % 8).toBe(0);
    const header = parseSafetensorsHeader(bytes.subarray(0, end), 'x');
    expect(header).toEqual({ shapes: new Map([['x', [3]]]), metadata: { a: 'ü"' } });
    expect(() => parseSafetensorsHeader(bytes.subarray(0, end - 1), 'x')).toThrow(/header length is/);
  });

  test('refuses a tensor whose shape does not fit', () => {
    const tensors = new Map([['x', { dtype: 'F32', shape: [2], data: Float32Array.of(1) } as const]]);
    expect(() => writeSafetensors({ tensors, metadata: {} })).toThrow(/"x" expected 2 values, got 1/);
  });
});

/** A hand-written file of binary16 patterns. */
function halfFile(halves: Uint16Array): Uint8Array {
  const header = JSON.stringify({ x: { dtype: 'F16', shape: [halves.length], data_offsets: [0, 2 * halves.length] } });
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + 2 * halves.length);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 8);
  halves.forEach((half, i) => {
    new DataView(bytes.buffer).setUint16(8 + text.length + 2 * i, half, true);
  });
  return bytes;
}
