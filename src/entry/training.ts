/**
 * `ddpm-codec/training`: training of the paper's U-Net and of photo-net, and the parts that it is made of. Node only.
 *
 * @module ddpm-codec/training
 */
export { train } from '../api/train.ts';
export type { PhotoNetConfig } from '../model/photo-net/photo-net-weights.ts';
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
export {
  type DataSettings,
  type IntervalSettings,
  type PhotoTraining,
  parseTrainingConfig,
  type TrainingConfig,
  type UnetTraining,
  type ValidationSettings,
} from '../training/training-config.ts';
export type { LogEntry } from '../training/training-log.ts';
export type { TrainOptions, TrainProgress, TrainResult } from '../training/training-run.ts';
