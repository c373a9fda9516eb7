import { readFileSync } from 'node:fs';
import * as fixture from '../../bench/model-fixture.ts';
import { FORMAT_MODEL } from '../../src/codec/format/default-model.ts';
import { parseSafetensors } from '../../src/model/weights/safetensors.ts';
import { MODEL_PATH } from './model-files.ts';

/** The shipped weights. */
export const WEIGHTS: Uint8Array = new Uint8Array(readFileSync(MODEL_PATH));

/** The images of its fixture. */
export function expectedCases(): fixture.ExpectedCase[] {
  const path = `test/fixtures/${FORMAT_MODEL.name}.expected.safetensors`;
  return fixture.expectedCases(parseSafetensors(new Uint8Array(readFileSync(path)), path).tensors);
}
