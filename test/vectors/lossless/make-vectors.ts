/**
 * Makes the lossless golden files. Making them again changes the format, which requires a new format version and a
 * BREAKING line in CHANGELOG.md.
 *
 *     npx tsc -p tsconfig.fuzz.json && node .scratch/test/vectors/lossless/make-vectors.js
 */
import { writeFileSync } from 'node:fs';
import { encode } from '../../../src/entry/index.ts';
import { MODEL_PATH } from '../../support/model-files.ts';
import { PICTURES } from './pictures.ts';

for (const [name, picture] of Object.entries(PICTURES)) {
  const { data } = await encode(await picture(), { lossless: true, effort: 2, model: MODEL_PATH });
  writeFileSync(`test/vectors/lossless/${name}.ddpm`, data);
}
