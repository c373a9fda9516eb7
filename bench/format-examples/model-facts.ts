/** What docs/format.md says of the default model's weights file and of the tail network. */
import { readFileSync } from 'node:fs';
import { FORMAT_VERSION } from 'ddpm-codec/codec';
import { readPhotoNetConfig } from '#dist/model/photo-net/photo-net-weights.js';
import { ModelFile } from '#dist/model/weights/model-file.js';
import { DEFAULT_MODEL, defaultWeights } from '../default-model.ts';
import type { SpecifiedModel } from '../documents/figures/format.ts';
import { sha256 } from './stream-tiles.ts';

const TYPE_NAMES = { F16: 'float16', F32: 'float32' } as const;

/**
 * Reads the facts.
 *
 * @param sizeMultiple - of the model's denoiser
 * @throws Error if docs/format.md, "photo-net", does not describe the model
 */
export function modelFacts(sizeMultiple: number): SpecifiedModel {
  const bytes = defaultWeights();
  const file = new ModelFile(bytes, DEFAULT_MODEL.name);
  const { architecture } = file.config;
  const config = readPhotoNetConfig(file);
  if (architecture !== 'photo-net' || config.patch !== 2 || config.sigmaData !== 0.5) {
    const found = JSON.stringify(file.config);
    throw new Error(`docs/format.md, "photo-net", is written for patch 2 and sigma_data 0.5; the model has ${found}`);
  }
  const network = [...file.tensors].filter(([name]) => !name.startsWith('calibration.'));
  return {
    version: FORMAT_VERSION,
    name: DEFAULT_MODEL.name,
    sha256: sha256(bytes),
    architecture,
    sizeMultiple,
    ...config,
    types: [...new Set(network.map(([, { dtype }]) => TYPE_NAMES[dtype]))],
    tailNetwork: sha256(readFileSync('models/tail-network.bin')),
  };
}
