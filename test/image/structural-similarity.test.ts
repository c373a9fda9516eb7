import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { ssim as ssimOfNpm } from 'ssim.js';
import { describe, expect, test } from 'vitest';
import type { RawImage } from '../../src/entry/index.ts';
import { compareImages } from '../../src/image/compare-images.ts';
import { structuralSimilarity } from '../../src/image/structural-similarity.ts';

interface Case {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly kind: string;
  readonly mse: number;
  readonly psnr: number;
  readonly ssim: number;
  readonly msSsim: number | null;
}

const { cases } = JSON.parse(readFileSync('test/image/vectors/ssim.json', 'utf8')) as { cases: Case[] };

type Formula = (x: number, y: number, c: number) => number;

function make({ width, height, channels }: Pick<RawImage, 'width' | 'height' | 'channels'>, at: Formula): RawImage {
  const data = Uint8Array.from({ length: width * height * channels }, (_, i) => {
    const p = Math.floor(i / channels);
    return at(p % width, Math.floor(p / width), i % channels);
  });
  return { data, width, height, channels };
}

/** Makes the same picture as make_ssim.py. */
const picture: Formula = (x, y, c) =>
  (x * 3 +
    y * 2 +
    c * 40 +
    (Math.floor((x * y * (c + 1)) / 7) % 64) +
    ((Math.floor(x / 9) + Math.floor(y / 5)) % 2) * 50) %
  256;

function damaged(kind: string): Formula {
  const clip = (value: number): number => Math.min(Math.max(value, 0), 255);
  return (x, y, c) => {
    const p = picture(x, y, c);
    if (kind === 'noise') return clip(p + ((x * 7919 + y * 104729 + c * 1299709) % 41) - 20);
    if (kind === 'brighter') return clip(p + 25);
    return kind === 'coarse' ? Math.floor(p / 32) * 32 + 16 : 255 - p;
  };
}

describe('SSIM and MS-SSIM agree with scipy (vectors/make_ssim.py)', () => {
  expect(cases.length).toBe(20);
  test.each(cases)('$kind, $width x $height x $channels', (wanted) => {
    const found = compareImages(make(wanted, picture), make(wanted, damaged(wanted.kind)));
    expect(found.psnr).toBeCloseTo(wanted.psnr, 10);
    expect(found.mse).toBeCloseTo(wanted.mse, 8);
    expect(found.ssim).toBeCloseTo(wanted.ssim, 6);
    if (wanted.channels === 1) expect(found.msSsimLuma).toBe(found.msSsim);
    if (wanted.msSsim === null) expect(found.msSsim).toBeNull();
    else expect(found.msSsim).toBeCloseTo(wanted.msSsim, 6);
  });
});

describe('structuralSimilarity', () => {
  test('SSIM agrees with the npm package ssim.js on a grey picture', () => {
    const size = { width: 120, height: 90, channels: 1 } as const;
    const rgba = (grey: RawImage) => ({
      width: size.width,
      height: size.height,
      data: Uint8ClampedArray.from({ length: 4 * grey.data.length }, (_, i) => (i % 4 === 3 ? 255 : grey.data[i >> 2])),
    });
    for (const kind of ['noise', 'brighter', 'coarse']) {
      const [a, b] = [make(size, picture), make(size, damaged(kind))];
      const { mssim } = ssimOfNpm(rgba(a), rgba(b), { ssim: 'original', downsample: false });
      expect(Math.abs((structuralSimilarity(a, b).ssim as number) - mssim)).toBeLessThan(1e-3);
    }
  });

  test('equal pictures have 1, and the order does not matter', () => {
    const a = make({ width: 180, height: 177, channels: 3 }, picture);
    const b = make({ width: 180, height: 177, channels: 3 }, damaged('noise'));
    const same = structuralSimilarity(a, a);
    expect(same.ssim).toBeCloseTo(1, 12);
    expect(same.msSsim).toBeCloseTo(1, 12);
    expect(structuralSimilarity(a, b)).toEqual(structuralSimilarity(b, a));
  });

  test('MS-SSIM of luma agrees with the Python package pytorch-msssim', async () => {
    const folder = 'test/fixtures/quality/ssimulacra2';
    const load = async (name: string): Promise<RawImage> => {
      const { data, info } = await sharp(`${folder}/${name}`).raw().toBuffer({ resolveWithObject: true });
      return { data, width: info.width, height: info.height, channels: 3 };
    };
    const { values } = JSON.parse(readFileSync('test/fixtures/quality/ms-ssim-luma.json', 'utf8'));
    expect(values).toHaveLength(12);
    for (const { reference, distorted, msSsimLuma } of values) {
      const found = structuralSimilarity(await load(reference), await load(distorted)).msSsimLuma;
      expect(found).toBeCloseTo(msSsimLuma, 6);
    }
  });

  test('is null below 11 pixels (SSIM) and 176 pixels (MS-SSIM)', () => {
    const of = (width: number, height: number) => {
      const a = make({ width, height, channels: 1 }, picture);
      return structuralSimilarity(a, a);
    };
    expect(of(10, 300)).toEqual({ ssim: null, msSsim: null, msSsimLuma: null });
    expect(of(175, 300)).toMatchObject({ msSsim: null, msSsimLuma: null });
    expect(of(176, 176).msSsim).toBeCloseTo(1, 12);
  });

  test('pictures of different shapes are refused by name', () => {
    const a = make({ width: 12, height: 20, channels: 3 }, picture);
    expect(() => structuralSimilarity(a, { ...a, width: 20, height: 12 })).toThrow(/^"b" expected 12 x 20 x 3/);
    expect(() => compareImages(a, { ...a, data: a.data.subarray(1) })).toThrow(
      /^"b" expected 12 x 20 x 3 = 720 samples/,
    );
  });
});
