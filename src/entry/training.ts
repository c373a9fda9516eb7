/** `ddpm-codec/training`: training of the paper's U-Net and of photo-net from a checked config. Node only. */
export { train } from '../api/train.ts';
export { parseTrainingConfig, type TrainingConfig } from '../training/training-config.ts';
export type { LogEntry } from '../training/training-log.ts';
export type { TrainOptions, TrainProgress, TrainResult } from '../training/training-run.ts';
