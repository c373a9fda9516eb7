/** Models: weights files, tensor backends, and the denoisers that run on them. Knows nothing of bits. */
export type { Backend, BackendInfo, BackendName, BackendOptions } from '../model/backends/backend.ts';
export { BACKEND_NAMES, listBackends, openBackend } from '../model/backends/open-backend.ts';
export type { BatchShape, Calibration, Denoiser, Model, Posterior } from '../model/denoiser.ts';
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
export { Differentiator } from '../model/training/differentiator.ts';
export type { EpsilonObjective, EpsilonObjectiveKind } from '../model/training/objectives.ts';
export {
  type AdamState,
  adamStart,
  adamStep,
  averageStep,
  learningRateAt,
  type OptimizerSettings,
} from '../model/training/optimizer.ts';
export {
  fileTensors,
  initialVector,
  layOut,
  type NamedValues,
  type Parameter,
  type ParameterLayout,
  type PlacedParameter,
} from '../model/training/parameter-layout.ts';
export { type PhotoObjective, type PhotoTrainingOptions, photoNetwork } from '../model/training/photo-network.ts';
export type { ExampleBatch, TrainableNetwork, Weights } from '../model/training/trainable-network.ts';
export { type Uniform, uniformOf } from '../model/training/training-random.ts';
export { type UnetTrainingOptions, unetNetwork } from '../model/training/unet-network.ts';
export { parseUnetConfig, type UnetConfig } from '../model/unet/unet-config.ts';
export { type UnetParameter, unetParameters } from '../model/unet/unet-parameters.ts';
export {
  type LoadedModel,
  type LoadModelOptions,
  loadModel,
  loadUncalibratedModel,
  modelId,
  requireCalibration,
} from '../model/weights/load-model.ts';
export { type ModelContent, withCalibration, writeModel } from '../model/weights/model-writer.ts';
export { parseSafetensors, type Safetensors, type Tensor } from '../model/weights/safetensors.ts';
