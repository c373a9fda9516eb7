import { DdpmError } from '../../base/errors.ts';
import type { Calibration } from '../denoiser.ts';
import { parseSafetensors, type Tensor } from './safetensors.ts';
import { writeSafetensors } from './safetensors-writer.ts';

/** Names of the calibration tensors in a model file. */
export const CALIBRATION_TENSORS = { sigma: 'calibration.sigma', bandShape: 'calibration.band_shape' } as const;

/** Contents of a model file. */
export interface ModelContent {
  /** Architecture, sizes of the network, and other facts about the model; must be JSON. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Parameters by name. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** A model without calibration can be sampled and analysed, but cannot code images. */
  readonly calibration?: Calibration;
}

/** Writes a model file, which `loadModel` reads. */
export function writeModel({ config, tensors, calibration }: ModelContent): Uint8Array {
  const all = new Map(tensors);
  if (calibration !== undefined) setCalibration(all, calibration);
  return writeSafetensors({ tensors: all, metadata: { format: 'pt', config: JSON.stringify(config) } });
}

/**
 * Replaces the calibration of a model file. The new file has another id.
 *
 * @param bytes - a whole model file
 * @param source - name of the file, for error messages
 * @throws DdpmError `ERR_DDPM_MODEL_CORRUPT` if the file is malformed
 */
export function withCalibration(bytes: Uint8Array, calibration: Calibration, source: string): Uint8Array {
  const { tensors, metadata } = parseSafetensors(bytes, source);
  if (metadata.config === undefined) {
    throw new DdpmError('ERR_DDPM_MODEL_CORRUPT', `${source}: __metadata__ field "config" is missing`);
  }
  setCalibration(tensors, calibration);
  return writeSafetensors({ tensors, metadata });
}

function setCalibration(tensors: Map<string, Tensor>, { sigma, bandShape }: Calibration): void {
  tensors.set(CALIBRATION_TENSORS.sigma, { dtype: 'F32', shape: [sigma.length], data: sigma });
  tensors.set(CALIBRATION_TENSORS.bandShape, { dtype: 'F32', shape: [sigma.length, 3, 8, 8], data: bandShape });
}
