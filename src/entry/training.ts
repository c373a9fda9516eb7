/**
 * `ddpm-codec/training`: trains the U-Net of Ho et al. (2020) and photo-net from a checked config. Node only.
 *
 * @module ddpm-codec/training
 */
export { train } from '../api/train.ts';
export type { PhotoNetConfig } from '../model/photo-net/photo-net-config.ts';
export type { EpsilonObjective, EpsilonObjectiveKind, PhotoObjective } from '../model/training/objectives.ts';
export type { OptimizerSettings } from '../model/training/optimizer.ts';
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
