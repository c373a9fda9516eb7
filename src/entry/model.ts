/**
 * `ddpm-codec/model`: weights files, tensor backends, noise schedules and denoisers; no coding. Needs no Node and no
 * DOM. Example: examples/denoise.js.
 *
 * @module ddpm-codec/model
 */
export type { Backend, BackendInfo, BackendName, BackendOptions } from '../model/backends/backend.ts';
export { BACKEND_NAMES, listBackends, openBackend } from '../model/backends/open-backend.ts';
export type { BatchShape, Calibration, DenoiseOptions, Denoiser, Model, Posterior } from '../model/denoiser.ts';
export {
  denoiserOf,
  type EpsilonDenoiser,
  type EpsilonModel,
  epsilonOf,
  isEpsilonDenoiser,
} from '../model/epsilon-denoiser.ts';
export {
  cosineSchedule,
  type FixedVariance,
  type LinearScheduleOptions,
  linearSchedule,
  type NoiseSchedule,
  type PosteriorMeanCoefficients,
  posteriorMean,
  posteriorVariance,
  respace,
  reverseVariance,
  scheduleOfBetas,
  sigmaOf,
  snr,
  timestepOf,
} from '../model/schedule/noise-schedule.ts';
export { fromConfig, type SchedulerConfig } from '../model/schedule/scheduler-config.ts';
export { type FailConfig, parseUnetConfig, type UnetConfig } from '../model/unet/unet-config.ts';
export { type UnetParameter, unetParameters } from '../model/unet/unet-parameters.ts';
export { type LoadModelOptions, loadModel, loadUncalibratedModel } from '../model/weights/load-model.ts';
export { modelId } from '../model/weights/model-id.ts';
export { type ModelContent, withCalibration, writeModel } from '../model/weights/model-writer.ts';
export { type LoadedModel, requireCalibration } from '../model/weights/read-model.ts';
export { parseSafetensors, type Safetensors, type Tensor } from '../model/weights/safetensors.ts';
