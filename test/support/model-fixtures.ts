import { readFileSync } from 'node:fs';
import { FORMAT_MODEL } from '../../src/codec/format/default-model.ts';
import { parseSafetensors } from '../../src/model/weights/safetensors.ts';
import { MODEL_PATH } from './model-files.ts';

/** The shipped weights. */
export const WEIGHTS: Uint8Array = new Uint8Array(readFileSync(MODEL_PATH));

const FIXTURE = `test/fixtures/${FORMAT_MODEL.name}.expected.safetensors`;
const EXPECTED = parseSafetensors(new Uint8Array(readFileSync(FIXTURE)), FIXTURE).tensors;

/** One image of the expected output, which another framework (torch) computed with the same weights. */
export interface ExpectedCase {
  readonly name: string;
  readonly height: number;
  readonly width: number;
  readonly sigma: number;
  readonly y: Float32Array;
  readonly mean: Float32Array;
  readonly logVariance: Float32Array;
}

function values(name: string): Float32Array {
  const tensor = EXPECTED.get(name);
  if (tensor === undefined) {
    throw new Error(`no tensor ${name} in the fixture`);
  }
  return tensor.data;
}

/**
 * All images of the expected output, separately, because its batches mix noise levels, which a Denoiser does not
 * support.
 */
export function expectedCases(): ExpectedCase[] {
  return ['a', 'b', 'c'].flatMap((group) => {
    const [batch = 0, height = 0, width = 0] = EXPECTED.get(`${group}.y`)?.shape ?? [];
    const size = height * width * 3;
    return Array.from({ length: batch }, (_, i) => {
      const part = (field: string) => values(`${group}.${field}`).slice(i * size, (i + 1) * size);
      const sigma = values(`${group}.sigma`)[i] as number;
      const name = `${group}[${i}] ${width}x${height} sigma ${sigma.toPrecision(3)}`;
      return { name, height, width, sigma, y: part('y'), mean: part('mean'), logVariance: part('log_variance') };
    });
  });
}
