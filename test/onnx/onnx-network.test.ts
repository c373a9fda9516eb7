import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { formatShape, type OnnxNetwork, openOnnxNetwork } from '../../src/onnx/onnx-network.ts';
import { FEATURE_BIAS, FEATURE_WEIGHTS, featureGraph, featureNetwork } from '../support/onnx-networks.ts';
import { type OnnxGraph, writeOnnx } from '../support/write-onnx.ts';

const FILE = new URL('../fixtures/onnx/features.onnx', import.meta.url);
const open: OnnxNetwork[] = [];
const openGraph = async (graph: Partial<OnnxGraph>): Promise<OnnxNetwork> => {
  const network = await openOnnxNetwork(writeOnnx({ ...featureGraph(), ...graph }), { source: 'net.onnx' });
  open.push(network);
  return network;
};
/** One input [n, 3, h, w], one output of any shape, and the constants and nodes that a test gives. */
const withNodes = (operator: string, constants: OnnxGraph['constants'] = []): Partial<OnnxGraph> => ({
  outputs: [{ name: 'y', shape: ['a', 'b', 'c', 'd'] }],
  constants,
  nodes: [{ operator, inputs: ['image', ...constants.map(({ name }) => name)], outputs: ['y'] }],
});

afterAll(async () => {
  await Promise.all(open.map((network) => network.close()));
});

/** What {@link featureGraph} computes for one image, in 64-bit floats. */
function features(image: Float32Array, height: number, width: number): number[] {
  return FEATURE_BIAS.map((bias, channel) => {
    let sum = 0;
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        let value = bias;
        for (let from = 0; from < 3; from++)
          for (let dy = -1; dy <= 1; dy++)
            for (let dx = -1; dx <= 1; dx++) {
              if (y + dy < 0 || y + dy >= height || x + dx < 0 || x + dx >= width) continue;
              const weight = FEATURE_WEIGHTS[(channel * 3 + from) * 9 + (dy + 1) * 3 + dx + 1];
              value += weight * image[(from * height + y + dy) * width + x + dx];
            }
        sum += Math.max(0, value);
      }
    return sum / (height * width);
  });
}

describe('openOnnxNetwork', () => {
  it('runs a convolution, ReLU and mean as written by hand, for one and for several images', async () => {
    const network = await openOnnxNetwork(readFileSync(FILE), { source: 'features.onnx' });
    open.push(network);
    expect(network.inputs).toEqual([{ name: 'image', shape: [null, 3, null, null], type: 'float32' }]);
    expect(network.outputs).toEqual([{ name: 'features', shape: [null, 4, 1, 1], type: 'float32' }]);
    const [height, width] = [7, 5];
    const images = [0, 1].map((n) =>
      Float32Array.from({ length: 3 * height * width }, (_, i) => Math.cos(i * (n + 1))),
    );
    const both = Float32Array.from(images.flatMap((image) => [...image]));
    const [result] = await network.run([{ data: both, shape: [2, 3, height, width] }]);
    expect(result.shape).toEqual([2, 4, 1, 1]);
    const expected = images.flatMap((image) => features(image, height, width));
    for (const [i, value] of expected.entries()) expect(result.data[i]).toBeCloseTo(value, 5);
  });

  it('has a fixture that the writer of this repository makes', () => {
    expect(new Uint8Array(readFileSync(FILE))).toEqual(featureNetwork());
  });

  it('refuses what is no ONNX file, and files that end early, by name', async () => {
    const whole = featureNetwork();
    const wrong = [new Uint8Array(0), new TextEncoder().encode('no network'), new Uint8Array(1000).fill(0xff)];
    for (const bytes of [...wrong, ...[1, 60, whole.length - 1].map((end) => whole.subarray(0, end))]) {
      await expect(openOnnxNetwork(bytes, { source: 'bad.onnx' })).rejects.toMatchObject({
        code: 'ERR_DDPM_MODEL_CORRUPT',
        message: expect.stringMatching(/^bad\.onnx: cannot be opened as an ONNX network: [^\n]+$/),
      });
    }
  });

  it('refuses operators that are missing, and tensors that are larger than the file', async () => {
    await expect(openGraph(withNodes('Nonsense'))).rejects.toThrow(/net\.onnx: .*Nonsense/);
    for (const size of [2 ** 31, 2 ** 40]) {
      const constants = [{ name: 'w', shape: [size, 1, 1, 1], values: [1] }];
      const code = expect.stringMatching(/^ERR_DDPM_(MODEL_CORRUPT|LIMIT)$/);
      await expect(openGraph(withNodes('Add', constants))).rejects.toMatchObject({ code });
    }
  });

  it('refuses weights in other files', async () => {
    for (const externalFile of ['/etc/hostname', 'weights.bin', '../weights.bin']) {
      const constants = [{ name: 'w', shape: [1], values: [1], externalFile }];
      await expect(openGraph(withNodes('Add', constants))).rejects.toMatchObject({ code: 'ERR_DDPM_MODEL_CORRUPT' });
    }
  });

  it('refuses inputs and outputs that are not float32', async () => {
    const inputs = [{ name: 'image', shape: [1, 3, 4, 4], type: 'int64' as const }];
    await expect(
      openGraph({ ...withNodes('Identity'), inputs, outputs: [{ name: 'y', shape: [1, 3, 4, 4], type: 'int64' }] }),
    ).rejects.toThrow('net.onnx: "image" is int64; export the network with inputs and outputs of float32 alone');
  });

  it('says that memory is too small, and works on', async () => {
    const one = { data: new Float32Array(3), shape: [1, 3, 1, 1] };
    // Bytes: 12.9e9 do not fit into an address, 4.29e9 do, and not beside the program.
    for (const width of [2 ** 16, 21_845]) {
      const constants = [{ name: 'shape', type: 'int64' as const, shape: [4], values: [1, 3, 2 ** 14, width] }];
      const network = await openGraph(withNodes('Expand', constants));
      await expect(network.run([one])).rejects.toMatchObject({ code: 'ERR_DDPM_LIMIT' });
    }
    const small = await openGraph({});
    expect((await small.run([one]))[0].shape).toEqual([1, 4, 1, 1]);
  });

  it('says what is wrong with inputs', async () => {
    const network = await openGraph({});
    const image = { data: new Float32Array(12), shape: [1, 3, 2, 2] };
    await expect(network.run([])).rejects.toThrow('"inputs" expected 1 tensors for net.onnx, got 0');
    await expect(network.run([{ ...image, shape: [1, 2, 2, 3] }])).rejects.toThrow(
      '"inputs" expected shape [?, 3, ?, ?] for "image" of net.onnx, got [1, 2, 2, 3]',
    );
    await expect(network.run([{ ...image, shape: [1, 3, 2, 3] }])).rejects.toThrow(RangeError);
    await expect(network.run([{ data: new Float32Array(0), shape: [1, 3, 0, 2] }])).rejects.toThrow(RangeError);
    await expect(network.run([{ ...image, data: [...image.data] as unknown as Float32Array }])).rejects.toThrow(
      RangeError,
    );
    await network.close();
    await expect(network.run([image])).rejects.toThrow('"network" expected one that is open');
    await network.close();
  });

  it('names the command that installs the runtime, where it is missing', async () => {
    vi.resetModules();
    vi.doMock('#onnxruntime', () => {
      throw new Error("Cannot find package 'onnxruntime-web'");
    });
    try {
      const { openOnnxNetwork: openWithout } = await import('../../src/onnx/onnx-network.ts');
      await expect(openWithout(featureNetwork(), { source: 'a' })).rejects.toMatchObject({
        code: 'ERR_DDPM_DEPENDENCY',
        message: expect.stringMatching(
          /ONNX networks need the package onnxruntime-web, which .*npm install onnxruntime-web$/s,
        ),
      });
    } finally {
      vi.doUnmock('#onnxruntime');
    }
  });

  it('checks its arguments', async () => {
    await expect(openOnnxNetwork('features.onnx' as never, { source: 'a' })).rejects.toThrow(
      '"model" expected Uint8Array',
    );
    await expect(openOnnxNetwork(featureNetwork(), { source: 1 as never })).rejects.toThrow('"source" expected string');
    for (const threads of [0, 65, 1.5]) {
      await expect(openOnnxNetwork(featureNetwork(), { source: 'a', threads })).rejects.toThrow('"threads" expected');
    }
  });
});

describe('formatShape', () => {
  it('shows any size as a question mark', () => {
    expect(formatShape([null, 3, 32, null])).toBe('[?, 3, 32, ?]');
  });
});
