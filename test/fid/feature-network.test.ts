import { afterAll, describe, expect, test } from 'vitest';
import { DdpmError } from '../../src/base/errors.ts';
import { type FeatureNetwork, type FeatureNetworkOptions, openFeatureNetwork } from '../../src/fid/feature-network.ts';
import { measureImages } from '../../src/fid/measure-images.ts';
import type { RawImage } from '../../src/image/raw-image.ts';
import { type OnnxGraph, writeOnnx } from '../support/write-onnx.ts';

const open: FeatureNetwork[] = [];
afterAll(async () => {
  await Promise.all(open.map((network) => network.close()));
});

/** A network whose output is its input, so that its features are the means of the channels. */
async function means(
  shape: readonly (number | string)[],
  options: Partial<FeatureNetworkOptions> = {},
  changes: Partial<OnnxGraph> = {},
): Promise<FeatureNetwork> {
  const graph: OnnxGraph = {
    inputs: [{ name: 'image', shape }],
    outputs: [{ name: 'same', shape }],
    nodes: [{ operator: 'Identity', inputs: ['image'], outputs: ['same'] }],
    ...changes,
  };
  const network = await openFeatureNetwork(writeOnnx(graph), { source: 'nets/means.onnx', ...options });
  open.push(network);
  return network;
}

/** Of one colour. */
function plain(colour: readonly [number, number, number], side = 6): RawImage {
  const data = Uint8Array.from({ length: side * side * 3 }, (_, i) => colour[i % 3]);
  return { data, width: side, height: side, channels: 3 };
}

const COLOURS = [plain([0, 51, 255]), plain([10, 20, 30]), plain([204, 102, 0])];

describe('feature network', () => {
  test('takes pictures as both layouts and in each range, and the mean over the area', async () => {
    const expected = { '0..1': [0, 0.2, 1], '-1..1': [-1, -0.6, 1], '0..255': [0, 51, 255] } as const;
    for (const shape of [
      ['n', 3, 4, 4],
      ['n', 4, 4, 3],
      ['n', 3, 'h', 'w'],
      ['n', 'h', 'w', 3],
    ]) {
      for (const range of ['0..1', '-1..1', '0..255'] as const) {
        const network = await means(shape, { range });
        const { data, ...size } = await network.features(COLOURS.slice(0, 1));
        expect(size).toEqual({ count: 1, dims: 3 });
        for (const [c, value] of expected[range].entries()) expect(data[c]).toBeCloseTo(value, 4);
      }
    }
  });

  test('says how features are made', async () => {
    const { extraction, dims, batch } = await means([2, 3, 4, 5], { range: '0..255' });
    const sha256 = expect.stringMatching(/^[\da-f]{64}$/);
    expect(extraction).toEqual({ network: 'means.onnx', sha256, output: 'same', size: [5, 4], range: '0..255' });
    expect([dims, batch]).toEqual([3, 2]);
    const native = await means(['n', 3, 'h', 'w']);
    expect([native.extraction.size, native.batch]).toEqual([null, null]);
    expect((await means(['n', 3, 'h', 'w'], { size: 8 })).extraction.size).toEqual([8, 8]);
  });

  test('a network of a fixed batch gives the same as one of any', async () => {
    const values = [];
    for (const shape of [
      [2, 3, 4, 4],
      ['n', 3, 4, 4],
    ]) {
      const { features, statistics } = await measureImages(COLOURS, await means(shape), { keepFeatures: true });
      expect(statistics.count).toBe(3);
      values.push(features);
    }
    expect(values[0]).toEqual(values[1]);
    expect([...(values[0]?.data.subarray(6) ?? [])].map((value) => Math.round(value * 255))).toEqual([204, 102, 0]);
  });

  test('pictures of several sizes go through the network in their own', async () => {
    const sizes = [3, 3, 5, 3].map((side, i) => plain([i * 10, 0, 255], side));
    const counts: number[] = [];
    const { features } = await measureImages(sizes, await means(['n', 3, 'h', 'w'], { range: '0..255' }), {
      keepFeatures: true,
      onImages: (count) => counts.push(count),
    });
    expect(counts).toEqual([2, 3, 4]);
    expect([0, 3, 6, 9].map((i) => features?.data[i])).toEqual([0, 10, 20, 30]);
  });

  test('takes the named one of several outputs, also one without an area', async () => {
    const two: Partial<OnnxGraph> = {
      outputs: [
        { name: 'same', shape: ['n', 3, 'h', 'w'] },
        { name: 'flat', shape: ['n', 'd'] },
      ],
      nodes: [
        { operator: 'Identity', inputs: ['image'], outputs: ['same'] },
        { operator: 'Flatten', inputs: ['image'], outputs: ['flat'] },
      ],
    };
    const network = await means(['n', 3, 'h', 'w'], { output: 'flat', range: '0..255' }, two);
    expect(network.dims).toBeNull();
    expect(await network.features([plain([1, 2, 3], 2)])).toEqual({
      count: 1,
      dims: 12,
      data: Float32Array.of(1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3),
    });
    await expect(means(['n', 3, 'h', 'w'], {}, two)).rejects.toThrow(
      /^"output" expected one of same, flat, as .* 2 outputs/,
    );
    await expect(means(['n', 3, 'h', 'w'], { output: 'x' })).rejects.toThrow(
      /^"output" expected one of same of .*, got x/,
    );
  });

  test.each([
    ['an input of other channels', [1, 4, 8, 8], /image \[1, 4, 8, 8\]; expected one of shape \[n, 3, height, width\]/],
    ['an input that is no picture', ['n', 3], /image \[\?, 3\]; expected/],
    ['one side open', ['n', 3, 8, 'w'], /leaves one of width and height open/],
  ])('refuses %s', async (_, shape, message) => {
    await expect(means(shape)).rejects.toThrow(message);
    await expect(means(shape)).rejects.toThrow(DdpmError);
  });

  test('refuses features that are not finite, and pictures that differ in their number', async () => {
    const logarithm = await means(
      ['n', 3, 'h', 'w'],
      {},
      { nodes: [{ operator: 'Log', inputs: ['image'], outputs: ['same'] }] },
    );
    await expect(logarithm.features(COLOURS)).rejects.toThrow(
      /^nets\/means\.onnx: it gives features that are not finite/,
    );
    const flat = await means(
      ['n', 3, 'h', 'w'],
      {},
      {
        outputs: [{ name: 'flat', shape: ['n', 'd'] }],
        nodes: [{ operator: 'Flatten', inputs: ['image'], outputs: ['flat'] }],
      },
    );
    const sizes = [plain([1, 2, 3], 2), plain([1, 2, 3], 3)];
    await expect(measureImages(sizes, flat)).rejects.toThrow(/^images: 27 features where there were 12/);
  });

  test('says what is wrong with options and pictures', async () => {
    await expect(means(['n', 3, 4, 4], { size: 8 })).rejects.toThrow(/^"size" expected 4 x 4 as nets\/means.onnx has/);
    await expect(means(['n', 3, 4, 4], { range: '0..2' as '0..1' })).rejects.toThrow(/^"range" expected one of/);
    const native = await means(['n', 3, 'h', 'w']);
    await expect(native.features([plain([0, 0, 0], 2), plain([0, 0, 0], 3)])).rejects.toThrow(
      /^"images" expected one size/,
    );
    await expect(native.features([])).rejects.toThrow(/^"images" expected 1 or more, got 0/);
    const two = await means([2, 3, 4, 4]);
    await expect(two.features(COLOURS)).rejects.toThrow(/^"images" expected 1 or more, at most 2, got 3/);
    const set = { source: 'photos' };
    await expect(measureImages(COLOURS.slice(0, 1), native, set)).rejects.toThrow(
      /^photos: only 1 image; a covariance takes 2/,
    );
    await expect(measureImages([], native, set)).rejects.toThrow(/^photos: no images/);
    const aborted = measureImages(COLOURS, native, { signal: AbortSignal.abort(new Error('enough')) });
    await expect(aborted).rejects.toThrow('enough');
  });
});
