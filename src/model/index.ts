/** Models: weights files, tensor backends, and the denoisers that run on them. Knows nothing of bits. */
export type { Backend, BackendInfo, BackendName, BackendOptions } from './backend.ts';
export type { BatchShape, Calibration, Denoiser, Model, Posterior } from './denoiser.ts';
export { denoiserOf, type EpsilonDenoiser, type EpsilonModel, epsilonOf, isEpsilonDenoiser } from './epsilon.ts';
export {
  type LoadedModel,
  type LoadModelOptions,
  loadModel,
  loadUncalibratedModel,
  modelId,
  requireCalibration,
} from './load-model.ts';
export { type ModelContent, withCalibration, writeModel } from './model-writer.ts';
export { BACKEND_NAMES, listBackends, openBackend } from './open-backend.ts';
export { parseSafetensors, type Safetensors, type Tensor } from './safetensors.ts';
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
} from './schedule.ts';
export { fromConfig, type SchedulerConfig } from './scheduler-config.ts';
export { Differentiator } from './training/gradient.ts';
export type { ExampleBatch, TrainableNetwork, Weights } from './training/network.ts';
export type { EpsilonObjective, EpsilonObjectiveKind } from './training/objectives.ts';
export {
  type AdamState,
  adamStart,
  adamStep,
  averageStep,
  learningRateAt,
  type OptimizerSettings,
} from './training/optimizer.ts';
export {
  fileTensors,
  initialVector,
  layOut,
  type NamedValues,
  type Parameter,
  type ParameterLayout,
  type PlacedParameter,
} from './training/parameters.ts';
export { type PhotoObjective, type PhotoTrainingOptions, photoNetwork } from './training/photo-network.ts';
export { type Uniform, uniformOf } from './training/random.ts';
export { type UnetTrainingOptions, unetNetwork } from './training/unet-network.ts';
export { parseUnetConfig, type UnetConfig } from './unet/config.ts';
export { type UnetParameter, unetParameters } from './unet/parameters.ts';
