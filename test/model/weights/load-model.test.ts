import { createHash } from 'node:crypto';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { FORMAT_MODEL } from '../../../src/codec/format/default-model.ts';
import { openBackend } from '../../../src/model/backends/open-backend.ts';
import { loadModel } from '../../../src/model/weights/load-model.ts';
import { modelId } from '../../../src/model/weights/model-id.ts';
import { WEIGHTS } from '../../support/model-fixtures.ts';
import { joinSafetensors } from '../../support/write-safetensors.ts';

const HEADER_BYTES = new DataView(WEIGHTS.buffer).getUint32(0, true);
const HEADER = new TextDecoder().decode(WEIGHTS.subarray(8, 8 + HEADER_BYTES));
const DATA = WEIGHTS.subarray(8 + HEADER_BYTES);

/** the default model with an edited header; `config` is JSON within JSON, hence the \" in the edits. */
function withHeader(from: string | RegExp, to: string): Uint8Array {
  const header = HEADER.replace(from, to);
  if (header === HEADER) {
    throw new Error(`nothing to edit: ${from}`);
  }
  return joinSafetensors(header, DATA);
}

describe('loadModel', () => {
  test('reads the default model', async () => {
    const model = await loadModel(WEIGHTS, { backend: await openBackend(), source: 'default' });
    expect(model.id).toBe(createHash('sha256').update(WEIGHTS).digest('hex').slice(0, 16));
    expect(model.id).toBe(FORMAT_MODEL.id);
    expect(model.calibration.sigma.length).toBe(34);
    expect(model.calibration.bandShape.length).toBe(34 * 3 * 64);
    model.denoiser.dispose();
  });

  test('the id depends only on the bytes, not on their position in a buffer', async () => {
    const shifted = new Uint8Array(WEIGHTS.length + 1);
    shifted.set(WEIGHTS, 1);
    expect(await modelId(shifted.subarray(1))).toBe(FORMAT_MODEL.id);
    expect(await modelId(new Uint8Array(0))).toBe('e3b0c44298fc1c14');
  });

  /** the default model with only the first noise level of its calibration. */
  function withOneLevel(): Uint8Array {
    const header: Record<string, { shape: number[]; data_offsets: [number, number] }> = JSON.parse(HEADER);
    const shapes: Record<string, number[]> = { 'calibration.sigma': [1], 'calibration.band_shape': [1, 3, 8, 8] };
    const tensors = Object.entries(header).filter(([name]) => name !== '__metadata__');
    const chunks: Uint8Array[] = [];
    let at = 0;
    for (const [name, entry] of tensors.sort(([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0])) {
      const [start, end] = entry.data_offsets;
      const shape = shapes[name] ?? entry.shape;
      const bytes = shapes[name] ? shape.reduce((product, length) => product * length, 4) : end - start;
      chunks.push(DATA.subarray(start, start + bytes));
      Object.assign(entry, { shape, data_offsets: [at, at + bytes] });
      at += bytes;
    }
    return joinSafetensors(JSON.stringify(header), new Uint8Array(Buffer.concat(chunks)));
  }

  const nan = WEIGHTS.slice();
  nan.set([0xff, 0xff, 0xff, 0xff], nan.length - 4);
  const defects: [string, Uint8Array, RegExp][] = [
    ['truncated', WEIGHTS.subarray(0, 1e6), /limit \d+ \(end of the file\)/],
    ['no config', withHeader('"config"', '"konfig"'), /"config" is missing/],
    ['config not JSON', withHeader('"{\\"architecture', '"<\\"architecture'), /not a JSON object/],
    ['architecture', withHeader('photo-net', 'photo-not'), /architecture is "photo-not", supported: photo-net/],
    [
      'widths',
      withHeader('[48, 64, 96, 128]', '[48, 64, 96, 1e9]'),
      /widths\[3\] is 1000000000, expected an integer 1\.\.4096/,
    ],
    ['widths not a list', withHeader('[48, 64, 96, 128]', '48'), /widths is 48, expected 1\.\.8 integers/],
    ['fewer blocks', withHeader('[2, 2, 2, 2]', '[2, 2, 2]'), /blocks has 3 levels, widths has 4/],
    ['more blocks', withHeader('[2, 2, 2, 2]', '[2, 2, 3, 2]'), /tensor "enc.2.2.conv1.weight" is missing/],
    [
      'patch',
      withHeader('\\"patch\\": 2', '\\"patch\\": 4'),
      /"conv_in.weight": shape is \[48, 12, 3, 3\], expected \[48, 48/,
    ],
    ['sigma_data', withHeader('\\"sigma_data\\": 0.5', '\\"sigma_data\\": 0'), /sigma_data is 0, expected a number/],
    ['frequencies', withHeader('0.3..8', '0.3..9'), /embedding_frequencies is/],
    ['tensor renamed', withHeader('"up.1.bias"', '"up.1.base"'), /tensor "up.1.bias" is missing/],
    ['no calibration', withHeader('"calibration.sigma"', '"calibration.s"'), /"calibration.sigma" is missing/],
    ['one noise level', withOneLevel(), /"calibration.sigma": 1 noise levels, expected at least 2/],
    ['not finite', nan, /value \d+ is NaN, expected a finite number/],
  ];
  test.each(defects)('refuses: %s', async (_, bytes, message) => {
    const backend = await openBackend('cpu'); // where the weights are tensors
    const tensors = () => backend.run(() => tf.memory().numTensors);
    const before = tensors();
    const error = await loadModel(bytes, { backend, source: 'x' }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'ERR_DDPM_MODEL_CORRUPT', message: expect.stringMatching(message) });
    expect((error as Error).message).toMatch(/^x: [^\n]{1,300}$/);
    expect(tensors()).toBe(before);
  });
});
