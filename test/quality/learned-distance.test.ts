import { afterAll, describe, expect, it } from 'vitest';
import type { RawImage } from '../../src/image/raw-image.ts';
import { type LearnedDistance, openDists, openLpips } from '../../src/quality/learned-distance.ts';
import { featureGraph, meanGraph, squaredDistanceGraph } from '../support/onnx-networks.ts';
import { gradientPicture, noisePicture, withAlpha } from '../support/pictures.ts';
import { type OnnxGraph, writeOnnx } from '../support/write-onnx.ts';

const opened: LearnedDistance[] = [];
const open = async (openIt: typeof openLpips, graph: OnnxGraph): Promise<LearnedDistance> => {
  const distance = await openIt(writeOnnx(graph), { source: 'net.onnx' });
  opened.push(distance);
  return distance;
};
afterAll(async () => {
  await Promise.all(opened.map((distance) => distance.close()));
});

const a = noisePicture(40, 33, 3);
const b = gradientPicture(40, 33, 3);
const flat = (samples: readonly number[]): RawImage => ({
  data: Uint8Array.from({ length: 32 * 32 * samples.length }, (_, i) => samples[i % samples.length]),
  width: 32,
  height: 32,
  channels: samples.length as RawImage['channels'],
});

describe('openLpips and openDists', () => {
  it('give networks RGB of -1..1 and of 0..1', async () => {
    const mean = Array.from(b.data).reduce((sum, sample) => sum + sample, 0) / b.data.length / 255;
    for (const [order, pair] of [
      [0, [b, a]],
      [1, [a, b]],
    ] as const) {
      expect(await (await open(openLpips, meanGraph(order))).compare(...pair)).toBeCloseTo(2 * mean - 1, 5);
      expect(await (await open(openDists, meanGraph(order))).compare(...pair)).toBeCloseTo(mean, 5);
    }
  });

  it('give rows and channels in their order', async () => {
    // The mean of squared differences changes if one picture is turned and the other is not.
    const mse =
      Array.from(a.data).reduce((sum, sample, i) => sum + (sample - b.data[i]) ** 2, 0) / a.data.length / 255 ** 2;
    expect(await (await open(openDists, squaredDistanceGraph())).compare(a, b)).toBeCloseTo(mse, 5);
    expect(await (await open(openLpips, squaredDistanceGraph([33, 40]))).compare(a, b)).toBeCloseTo(4 * mse, 5);
    expect(await (await open(openDists, squaredDistanceGraph())).compare(a, a)).toBe(0);
  });

  it('take grey as R = G = B, and the larger distance of two backgrounds', async () => {
    const distance = await open(openDists, squaredDistanceGraph());
    expect(await distance.compare(flat([51]), flat([102]))).toBeCloseTo(0.04, 4);
    expect(await distance.compare(flat([51, 51, 51]), flat([102, 102, 102]))).toBeCloseTo(0.04, 4);
    // Black and opaque against clear: 0.1 away on the dark background, 0.9 on the bright one.
    expect(await distance.compare(flat([0, 255]), flat([0, 0]))).toBeCloseTo(0.81, 3);
    expect(
      await distance.compare(
        withAlpha(a, () => 0),
        withAlpha(b, () => 0),
      ),
    ).toBe(0);
  });

  it('are null below 32 pixels a side', async () => {
    const distance = await open(openDists, squaredDistanceGraph());
    expect(await distance.compare(noisePicture(31, 50, 3), noisePicture(31, 50, 3))).toBeNull();
  });

  it('refuse pictures of a size that the network does not take, by name', async () => {
    const distance = await open(openLpips, squaredDistanceGraph([64, 'width']));
    await expect(distance.compare(a, b)).rejects.toMatchObject({
      code: 'ERR_DDPM_INPUT',
      message: expect.stringMatching(/^net\.onnx takes pictures of any x 64 pixels, and these have 40 x 33; /),
    });
    await expect(distance.compare(a, noisePicture(33, 40, 3))).rejects.toThrow(RangeError);
  });

  it('refuse networks with other inputs and outputs, by name and shape', async () => {
    const fails = async (graph: OnnxGraph, message: string) =>
      expect(openLpips(writeOnnx(graph), { source: 'net.onnx' })).rejects.toMatchObject({
        code: 'ERR_DDPM_MODEL_CORRUPT',
        message: expect.stringContaining(message),
      });
    await fails(
      featureGraph(),
      'net.onnx: expected two inputs [n, 3, height, width] and one number as output, got inputs "image" [?, 3, ?, ?]',
    );
    const { inputs, ...rest } = squaredDistanceGraph();
    await fails(
      { ...rest, inputs: inputs.map((input) => ({ ...input, shape: ['n', 1, 'h', 'w'] })) },
      '"original" [?, 1, ?, ?]',
    );
    const map: OnnxGraph = {
      ...rest,
      inputs,
      outputs: [{ name: 'square', shape: ['n', 3, 'h', 'w'] }],
      nodes: rest.nodes.slice(0, 2),
    };
    const distance = await open(openLpips, map);
    await expect(distance.compare(a, b)).rejects.toThrow('one number as output, got shape [1, 3, 33, 40]');
  });

  it('refuse what is no ONNX file', async () => {
    await expect(openDists(new Uint8Array(9), { source: 'x.onnx' })).rejects.toThrow(/^x\.onnx: cannot be opened/);
  });
});
