/** Reads models from their weights files, for any choice of networks. */
import { DdpmError } from '../../base/errors.ts';
import type { Calibration, Denoiser, Model } from '../denoiser.ts';
import { ModelFile } from './model-file.ts';
import { modelId } from './model-id.ts';
import { CALIBRATION_TENSORS } from './model-writer.ts';

/** Sizes of the calibration table for one noise level: colours, vertical and horizontal frequencies. */
const BAND_SHAPE = [3, 8, 8] as const;

/** A diffusion model that may have no calibration. It can be sampled and analysed in any case. */
export interface LoadedModel extends Omit<Model, 'calibration'> {
  /** Null if the file has no calibration; then the model cannot code images. */
  readonly calibration: Calibration | null;
  /** Config of the file: `architecture`, the sizes of the network, and other facts about the model. */
  readonly config: Readonly<Record<string, unknown>>;
}

/**
 * Reads a model that may have no calibration, with its config.
 *
 * @param bytes - the whole file
 * @param source - name of the file, for error messages
 * @param create - builds the denoiser
 * @throws DdpmError `ERR_DDPM_MODEL_CORRUPT` if the file is malformed; the errors of `create`
 */
export async function readModel(
  bytes: Uint8Array,
  source: string,
  create: (file: ModelFile) => Promise<Denoiser>,
): Promise<LoadedModel> {
  const file = new ModelFile(bytes, source);
  const calibration = readCalibration(file);
  const denoiser = await create(file);
  return { id: await modelId(bytes), denoiser, calibration, config: file.config };
}

/**
 * Reads a model that can code images.
 *
 * @throws as {@link readModel}; DdpmError `ERR_DDPM_MODEL_CORRUPT` if the model has no calibration
 */
export async function readCodingModel(...[bytes, source, create]: Parameters<typeof readModel>): Promise<Model> {
  const model = await readModel(bytes, source, create);
  try {
    return requireCalibration(model, source);
  } catch (error) {
    model.denoiser.dispose();
    throw error;
  }
}

/**
 * Returns the model as one that can code images.
 *
 * @param source - name of the file, for error messages
 * @throws DdpmError `ERR_DDPM_MODEL_CORRUPT` if the model has no calibration
 */
export function requireCalibration({ id, denoiser, calibration }: LoadedModel, source: string): Model {
  if (calibration !== null) return { id, denoiser, calibration };
  const missing = `tensor "${CALIBRATION_TENSORS.sigma}" is missing: the model has no calibration`;
  const remedy = 'Measure it with: ddpm-codec calibrate MODEL IMAGES';
  throw new DdpmError('ERR_DDPM_MODEL_CORRUPT', `${source}: ${missing}, so nothing can be coded with it. ${remedy}`);
}

/** Reads and checks the calibration; null if the file has no calibration tensors. */
function readCalibration(file: ModelFile): Calibration | null {
  if (!Object.values(CALIBRATION_TENSORS).some((name) => file.tensors.has(name))) return null;
  const sigma = file.read(CALIBRATION_TENSORS.sigma, [null]);
  const bandShape = file.read(CALIBRATION_TENSORS.bandShape, [sigma.length, ...BAND_SHAPE]);
  const unordered = sigma.findIndex((value, i) => value <= (i === 0 ? 0 : (sigma[i - 1] as number)));
  if (sigma.length < 2) {
    throw file.fail(`tensor "calibration.sigma": ${sigma.length} noise levels, expected at least 2`);
  }
  if (unordered !== -1) {
    throw file.fail(
      `tensor "calibration.sigma": value ${unordered} is out of order, expected positive and ascending values`,
    );
  }
  // Levels closer than 1/128 octave, or values beyond 2^24, would overflow the integers of the bit allocation
  // (docs/format.md, "Models").
  const close = sigma.findIndex((value, i) => i > 0 && value / sigma[i - 1] < 1 + 1 / 128);
  if (close !== -1) {
    throw file.fail(`tensor "calibration.sigma": value ${close} is less than 1/128 above the one before it`);
  }
  const wild = bandShape.findIndex((value) => !(value >= 2 ** -24 && value <= 2 ** 24));
  if (wild !== -1) {
    throw file.fail(`tensor "calibration.band_shape": value ${wild} is ${bandShape[wild]}, expected 2^-24..2^24`);
  }
  return { sigma, bandShape };
}
