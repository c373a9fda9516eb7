import { DdpmError } from '../../base/errors.ts';
import type { Calibration } from '../denoiser.ts';
import { parseSafetensors, type Tensor } from './safetensors.ts';
import { writeSafetensors } from './safetensors-writer.ts';

/** Names of the calibration's tensors in a model file. */
export const CALIBRATION_TENSORS = { sigma: 'calibration.sigma', bandShape: 'calibration.band_shape' } as const;

/** What a model file holds. */
export interface ModelContent {
  /** Architecture, its sizes, and whatever else is to be known of the model; JSON. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Parameters by name. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Without it the model can be sampled and analysed, but nothing can be coded with it. */
  readonly calibration?: Calibration;
}

/** A model file, self-describing: what `loadModel` reads. */
export function writeModel({ config, tensors, calibration }: ModelContent): Uint8Array {
  const all = new Map(tensors);
  if (calibration !== undefined) setCalibration(all, calibration);
  return writeSafetensors({ tensors: all, metadata: { format: 'pt', config: JSON.stringify(config) } });
}

/**
 * The same model with another calibration; its id is another, too.
 *
 * @param bytes - a whole model file
 * @throws DdpmError `ERR_DDPM_MODEL_CORRUPT` if the bytes break the format
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
