import { describe, expect, test } from 'vitest';
import { decode, type EncodeOptions, encode, inspect, type RawImage } from '../../src/entry/index.ts';
import { distortion } from '../../src/image/distortion.ts';
import { measured } from '../support/measured.ts';
import { gradientPicture, kodakCrop, noisePicture } from '../support/pictures.ts';

/** Encodes, decodes each number of layers, and compares with the encoder's report. */
async function expectReported(image: RawImage, options: EncodeOptions = {}): Promise<void> {
  const { data, info } = await encode(image, { ...options, reportPsnr: true });
  const { width, height, channels } = image;
  const total = info.layers.length;
  expect(info).toMatchObject({ width, height, channels, bytes: data.length });
  expect(info.layers[total - 1]).toMatchObject({ cumulativeBytes: data.length, psnr: info.psnr, rmse: info.rmse });
  for (let layers = 1; layers <= total; layers++) {
    const part = await decode(data, { layers });
    const reported = info.layers[layers - 1];
    expect(part.info).toMatchObject({ width, height, channels, truncated: false, damage: null, layersTotal: total });
    expect(part.info.bytes).toBe(reported.cumulativeBytes);
    const { psnr, rmse } = distortion(part.data, image.data);
    expect({ layers, psnr, rmse }).toEqual({ layers, psnr: reported.psnr, rmse: reported.rmse });
  }
  const whole = await decode(data);
  expect(distortion(whole.data, image.data).psnr).toBe(info.psnr);
  expect(whole.info.layers).toHaveLength(total);
  expect(Buffer.compare(whole.data, (await decode(data, { layers: total })).data)).toBe(0);
}

describe('decode gives the pictures that encode reported', () => {
  const sizes = [
    [1, 1],
    [1, 37],
    [17, 5],
    [40, 24],
  ] as const;
  const cases = sizes.flatMap(([width, height]) =>
    ([1, 3] as const).flatMap((channels) => [
      [`gradient ${width}x${height}x${channels}`, gradientPicture(width, height, channels)] as const,
      [`noise ${width}x${height}x${channels}`, noisePicture(width, height, channels)] as const,
    ]),
  );
  test.each(cases)('%s', async (_, image) => {
    await expectReported(image, { effort: 2, endSigma: 0.3 });
  });

  test.each([
    ['96x64', 96, 64, 3, {}],
    ['32x32 at high quality', 32, 32, 3, { endSigma: 0.004, beamWidth: 16 }],
    ['64x70 grey', 64, 70, 1, { effort: 1, seed: 4294967295 }],
    ['144x136 with checksums', 144, 136, 3, { effort: 1, endSigma: 0.2 }],
  ] as const)('Kodak 23, %s', async (_, width, height, channels, options) => {
    await expectReported(await kodakCrop(width, height, channels), options);
  });

  test('two tiles and three levels', async () => {
    const image = await kodakCrop(270, 128);
    const { data, info } = await encode(image, { effort: 1, endSigma: 0.4, reportPsnr: true });
    const whole = await decode(data);
    expect(distortion(whole.data, image.data).psnr).toBe(info.psnr);
    expect(info.psnr).toBeGreaterThan(25);
  });
});

describe('quality', () => {
  test('of a natural picture: the report is correct, and the rate is close to the ideal', async () => {
    const image = await kodakCrop(96, 64);
    const { info } = await encode(image, { reportPsnr: true });
    expect(info.psnr).toBeGreaterThan(38);
    expect(info.bpp).toBeLessThan(8);
    expect(info.bpp).toBe((info.bytes * 8) / (96 * 64));
    expect(info.bitsPerDim).toBeCloseTo(info.bpp / 3, 12);
    expect(info.actualBits).toBeLessThanOrEqual((info.bytes - info.headerBytes) * 8);
    expect(info.actualBits).toBeGreaterThan((info.bytes - info.headerBytes) * 8 - 8);
    const sum = (key: 'idealBits' | 'actualBits'): number =>
      info.layers.reduce((total, layer) => total + layer[key], 0);
    expect(sum('actualBits')).toBe(info.actualBits);
    expect(sum('idealBits')).toBeCloseTo(info.idealBits, 6);
    // Real rates are higher because gamma is 1.05, budgets are rounded to a grid, and each layer has side information.
    expect(info.actualBits / info.idealBits).toBeGreaterThan(1);
    expect(info.actualBits / info.idealBits).toBeLessThan(1.12);
    expect(info.layers.map(({ layer }) => layer)).toEqual(info.layers.map((_, i) => i + 1));
    for (const [i, layer] of info.layers.entries()) {
      expect(layer.rmse).toBeCloseTo(255 / 10 ** (measured(layer.psnr) / 20), 9);
      if (i > 0) expect(layer.cumulativeBytes - layer.bytes).toBe(info.layers[i - 1].cumulativeBytes);
    }
    const psnr = info.layers.map((layer) => measured(layer.psnr));
    expect(psnr.slice(4)).toEqual([...psnr.slice(4)].sort((a, b) => a - b));
  });

  test('a flat picture takes few bits, noise takes many', async () => {
    const flat = { ...gradientPicture(32, 32, 3), data: new Uint8Array(3072).fill(90) };
    const [cheap, dear] = await Promise.all(
      [flat, noisePicture(32, 32, 3)].map((image) => encode(image, { effort: 2, endSigma: 0.1, reportPsnr: true })),
    );
    expect(cheap.info.bpp).toBeLessThan(2);
    expect(cheap.info.psnr).toBeGreaterThan(32);
    expect(dear.info.bpp).toBeGreaterThan(9);
  });

  test('a lower endSigma is better and larger', async () => {
    const image = await kodakCrop(40, 40);
    const runs = [];
    for (const endSigma of [1, 0.2, 0.05, 0.01]) {
      runs.push((await encode(image, { endSigma, effort: 2, reportPsnr: true })).info);
    }
    for (let i = 1; i < runs.length; i++) {
      expect(runs[i].bytes).toBeGreaterThan(runs[i - 1].bytes);
      expect(runs[i].psnr).toBeGreaterThan(measured(runs[i - 1].psnr));
    }
    const sigmas = runs.map(({ layers }) => layers[layers.length - 1].sigma);
    [1, 0.2, 0.05, 0.01].forEach((sigma, i) => void expect(Math.abs(sigmas[i] / sigma - 1)).toBeLessThan(0.0015));
  });
});

describe('the same input gives the same bytes', () => {
  test('one after the other, at the same time, and as file or pixels', async () => {
    const image = await kodakCrop(48, 32);
    const { data } = await encode(image, { effort: 3 });
    const again = await encode(image, { effort: 3 });
    expect(Buffer.compare(again.data, data)).toBe(0);
    const clamped = { ...image, data: new Uint8ClampedArray(image.data) };
    const ppm = Buffer.concat([Buffer.from('P6\n48 32\n255\n'), Uint8Array.from(image.data)]);
    const others = await Promise.all([
      encode(clamped, { effort: 3 }),
      encode(new Uint8Array(ppm), { effort: 3 }),
      encode(image, { effort: 3, seed: 1 }),
    ]);
    expect(Buffer.compare(others[0].data, data)).toBe(0);
    expect(Buffer.compare(others[1].data, data)).toBe(0);
    expect(Buffer.compare(others[2].data, data)).not.toBe(0);
    expect(inspect(others[2].data).seed).toBe(1);
    const [one, two] = await Promise.all([decode(data), decode(data)]);
    expect(Buffer.compare(one.data, two.data)).toBe(0);
  });

  test('effort sets the ladder and the beam', async () => {
    const image = gradientPicture(8, 8, 3);
    const settings = [];
    for (const picture of [image, gradientPicture(72, 64, 3)]) {
      for (const effort of [1, 4, 7]) {
        const { info } = await encode(picture, { effort, endSigma: 10 });
        settings.push([info.ladderStep, info.beamWidth]);
      }
    }
    expect(settings).toEqual([
      [2, 128],
      [1.5, 512],
      [0.75, 1024],
      [2, 128],
      [1.5, 256],
      [0.75, 1024],
    ]);
    const { info } = await encode(image, { effort: 1, ladderStep: 1, beamWidth: 3, endSigma: 10 });
    expect([info.ladderStep, info.beamWidth]).toEqual([1, 3]);
  });

  test('another backend decodes the same picture up to rounding', async () => {
    const image = await kodakCrop(32, 24);
    const { data } = await encode(image, { effort: 1, endSigma: 0.1 });
    const wasm = await decode(data);
    const cpu = await decode(data, { backend: 'cpu' });
    expect(cpu.info.backend).toBe('cpu');
    const differences = Array.from(wasm.data, (value, i) => Math.abs(value - cpu.data[i]));
    expect(Math.max(...differences)).toBeLessThanOrEqual(2);
  });
});
