/** `ddpm-codec/training`: trains the U-Net of Ho et al. (2020) and photo-net from a checked config. Node only. */
export { train } from '../api/train.ts';
export { parseTrainingConfig, type TrainingConfig } from '../training/training-config.ts';
export type { LogEntry } from '../training/training-log.ts';
export type { TrainOptions, TrainProgress, TrainResult } from '../training/training-run.ts';
