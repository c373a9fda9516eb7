import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readImage } from '../../../src/image/files/read-image.ts';
import { type TiffContent, tiffFile } from '../image-files.ts';
import { gradient } from '../pictures.ts';

const file = (name: string): Uint8Array => readFileSync(`test/images/cases/${name}`);
const SIZE = { width: 23, height: 17 } as const;

/** A type of samples: its tags, its array, and the value in it of a level 0..255. */
interface TypeCase {
  readonly name: string;
  readonly bits: number;
  readonly format: number;
  readonly make: (values: number[]) => ArrayBufferView;
  readonly value: (level: number) => number;
  /** Of the level that is read, from the one that was written. */
  readonly loss?: number;
}

/** IEEE 754 binary16 of v, 0..1. */
function half(v: number): number {
  if (v < 2 ** -14) return Math.round(v * 2 ** 24);
  const exponent = Math.floor(Math.log2(v));
  return ((exponent + 15) << 10) + Math.round((v / 2 ** exponent - 1) * 1024);
}

const TYPES: readonly TypeCase[] = [
  { name: 'uint8', bits: 8, format: 1, make: (v) => Uint8Array.from(v), value: (l) => l },
  { name: 'uint16', bits: 16, format: 1, make: (v) => Uint16Array.from(v), value: (l) => l * 257 },
  { name: 'uint32', bits: 32, format: 1, make: (v) => Uint32Array.from(v), value: (l) => l * 0x1010101 },
  { name: 'int8', bits: 8, format: 2, make: (v) => Int8Array.from(v), value: (l) => l - 128 },
  { name: 'int16', bits: 16, format: 2, make: (v) => Int16Array.from(v), value: (l) => l * 257 - 32768 },
  { name: 'int32', bits: 32, format: 2, make: (v) => Int32Array.from(v), value: (l) => l * 0x1010101 - 2 ** 31 },
  { name: 'half', bits: 16, format: 3, make: (v) => Uint16Array.from(v.map(half)), value: (l) => l / 255 },
  { name: 'float', bits: 32, format: 3, make: (v) => Float32Array.from(v), value: (l) => l / 255 },
];

function tiffOf(
  type: TypeCase,
  levels: readonly number[],
  content: Pick<TiffContent, 'channels' | 'photometric' | 'extra'>,
): Buffer {
  const array = type.make(levels.map(type.value));
  const samples = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  return tiffFile({ samples, ...SIZE, bits: type.bits, format: type.format, ...content });
}

describe('TIFF', () => {
  test.each(TYPES)('$name: every level comes back, in grey, RGB and with alpha; the loss is said', async (type) => {
    for (const [channels, photometric, extra] of [
      [1, 1, []],
      [2, 1, [2]],
      [3, 2, []],
      [4, 2, [2]],
    ] as const) {
      const levels = [...gradient(SIZE.width, SIZE.height, channels).data];
      const read = await readImage(tiffOf(type, levels, { channels, photometric, extra }));
      expect(read.channels).toBe(channels);
      expect([...read.data], `${channels} channels`).toEqual(levels);
      expect(read.warnings.length).toBe(type.name === 'uint8' ? 0 : 1);
      if (type.name !== 'uint8') expect(read.warnings[0]).toMatch(/^samples that are .* were reduced to 8 bits/);
    }
  });

  test.each(TYPES)('$name, WhiteIsZero: turned over, or refused by name', async (type) => {
    const levels = [...gradient(SIZE.width, SIZE.height, 1).data];
    const bytes = tiffOf(type, levels, { channels: 1, photometric: 0 });
    if (type.format === 2) {
      await expect(readImage(bytes, { source: 'x.tif' })).rejects.toThrow(
        /^x\.tif: its samples are signed and WhiteIsZero/,
      );
      return;
    }
    expect([...(await readImage(bytes)).data]).toEqual(levels.map((level) => 255 - level));
    const both = levels.flatMap((level) => [level, 200]);
    const alpha = await readImage(tiffOf(type, both, { channels: 2, photometric: 0, extra: [2] }));
    expect([...alpha.data]).toEqual(both.map((level, i) => (i % 2 === 0 ? 255 - level : level)));
  });

  test('floats beyond 0..1, and those that are no numbers, are refused by value', async () => {
    const float = TYPES[7];
    const levels = new Array<number>(SIZE.width * SIZE.height).fill(10);
    for (const [level, name] of [
      [300, '1.176'],
      [-60, '-0.235'],
      [Number.NaN, 'NaN'],
      [Number.POSITIVE_INFINITY, 'Infinity'],
    ] as const) {
      const bytes = tiffOf(float, [...levels.slice(1), level], { channels: 1, photometric: 1 });
      await expect(readImage(bytes, { source: 'x.tif' })).rejects.toThrow(`x.tif: one of its samples is ${name}`);
    }
    const slightly = tiffOf(float, [...levels.slice(1), 256], { channels: 1, photometric: 1 });
    expect((await readImage(slightly)).data.at(-1)).toBe(255);
  });

  test.each<[string, Partial<TiffContent>, RegExp]>([
    ['floats of 64 bits', { bits: 64, format: 3 }, /floating point of 64 bits/],
    ['integers of 64 bits', { bits: 64, format: 1 }, /unsigned integers of 64 bits/],
    ['integers of 12 bits', { bits: 12, format: 1 }, /unsigned integers of 12 bits/],
    ['complex numbers', { bits: 64, format: 6 }, /complex numbers of 64 bits/],
    ['CIELAB', { channels: 3, photometric: 8 }, /its colours are CIELAB/],
    ['YCbCr that is not JPEG', { channels: 3, photometric: 6 }, /YCbCr without JPEG/],
    ['LogLuv', { channels: 3, photometric: 32845 }, /LogLuv/],
    ['colours multiplied by alpha', { channels: 4, photometric: 2, bits: 32, extra: [1] }, /multiplied by alpha/],
  ])('%s are refused by name', async (_, content, message) => {
    const whole = {
      samples: Buffer.alloc(SIZE.width * SIZE.height * 32),
      ...SIZE,
      channels: 1,
      bits: 8,
      format: 1,
      photometric: 1,
    };
    const error = await readImage(tiffFile({ ...whole, ...content }), { source: 'x.tif' }).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'ERR_DDPM_INPUT', message: expect.stringMatching(message) });
    expect((error as Error).message).toMatch(/^x\.tif: /);
  });

  test('files of other programs: the same picture of every type', async () => {
    // p3.ppm, u32.tif hold one picture in RGB, the others in grey: by netpbm and tifffile.
    const rgb = await readImage(file('p3.ppm'));
    expect((await readImage(file('u32.tif'))).data).toEqual(rgb.data);
    const grey = await readImage(file('u32g.tif'));
    const mean = [...grey.data].reduce((sum, value) => sum + value, 0) / grey.data.length;
    expect(Math.round(mean)).toBe(156);
    for (const name of ['i16g.tif', 'f32g.tif']) {
      const { data } = await readImage(file(name));
      const most = [...data].reduce((worst, value, i) => Math.max(worst, Math.abs(value - grey.data[i])), 0);
      expect(most, name).toBeLessThanOrEqual(1);
    }
  });

  test('any damage is read or refused, and never an internal error', async () => {
    const bytes = tiffOf(TYPES[2], [...gradient(SIZE.width, SIZE.height, 3).data], { channels: 3, photometric: 2 });
    const place = fc.record({ at: fc.integer({ min: 0, max: 200 }), value: fc.integer({ min: 0, max: 255 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(place, { minLength: 1, maxLength: 6 }), async (changes) => {
        const damaged = Buffer.from(bytes);
        for (const { at, value } of changes) damaged[at] = value;
        const read = await readImage(damaged, { limitInputPixels: 1e5 }).catch((error: unknown) => error);
        if (read instanceof Error)
          expect(read).toMatchObject({ code: expect.stringMatching(/^ERR_DDPM_(INPUT|LIMIT)$/) });
      }),
      { numRuns: 300 },
    );
  });
});
