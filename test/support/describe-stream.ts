import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { BudgetPredictor } from '../../src/codec/budget-predictor.ts';
import { parseStream } from '../../src/codec/stream.ts';
import { decodePath } from '../../src/codec/trellis/code.ts';
import { logSpectrum, spectrumTable } from '../../src/codec/trellis/pace.ts';
import { decode } from '../../src/index.ts';
import { parseSafetensors } from '../../src/model/safetensors.ts';
import { MODEL_PATH } from './model-files.ts';

/** What a golden vector says of one layer. */
export interface LayerDescription {
  readonly level: number;
  readonly from: number;
  readonly to: number;
  /** B of each tile. */
  readonly budgets: readonly number[];
  /** Of each tile's code values in canonical order, as little-endian int16 multiples of 2^-12. */
  readonly codeValues: readonly string[];
  /** Of the picture after the layer, on the wasm backend. */
  readonly pixels: string;
}

/** What a golden vector says of a file. */
export interface StreamDescription {
  readonly bytes: number;
  readonly sha256: string;
  /** Of the picture before the first layer. */
  readonly pixels: string;
  readonly layers: readonly LayerDescription[];
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function codeValueHash(values: Float32Array): string {
  const view = new DataView(new ArrayBuffer(2 * values.length));
  values.forEach((value, i) => void view.setInt16(2 * i, value * 4096, true));
  return sha256(new Uint8Array(view.buffer));
}

/** Describes a whole file of photo-v0. */
export async function describeStream(bytes: Uint8Array): Promise<StreamDescription> {
  const { tensors } = parseSafetensors(new Uint8Array(readFileSync(MODEL_PATH)), MODEL_PATH);
  const [sigma, bandShape] = ['calibration.sigma', 'calibration.band_shape'].map((name) => tensors.get(name)?.data);
  if (!sigma || !bandShape) throw new Error(`no calibration in ${MODEL_PATH}`);
  const table = spectrumTable({ sigma, bandShape });
  const { header, steps, layers, status } = parseStream(bytes);
  if (status !== 'complete') throw new Error(`the stream is ${status}`);
  const predictor = new BudgetPredictor(header);
  const pixels = async (count: number): Promise<string> =>
    sha256((await decode(bytes, { layers: count, model: MODEL_PATH })).data);
  const described: LayerDescription[] = [];
  for (const [layer, { tiles }] of layers.entries()) {
    const step = steps[layer];
    const spectrum = logSpectrum(table, step.fromIndex);
    const codeValues = predictor.context(step).map(({ n }, tile) => {
      const values = new Float32Array(n);
      decodePath({ ...tiles[tile], key: { seed: header.seed, layer, tile }, spectrum }, values);
      return codeValueHash(values);
    });
    predictor.learn(step, tiles);
    described.push({
      level: step.level,
      from: step.fromIndex,
      to: step.toIndex,
      budgets: tiles.map(({ bits }) => bits),
      codeValues,
      pixels: await pixels(layer + 1),
    });
  }
  return { bytes: bytes.length, sha256: sha256(bytes), pixels: await pixels(0), layers: described };
}
