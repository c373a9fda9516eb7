/** Name of the architecture in the config of a weights file. */
export const PHOTO_NET_ARCHITECTURE = 'photo-net';

/** Sizes of a photo-net, as stored in the config of its weights file. */
export interface PhotoNetConfig {
  /** Number of channels of each level, finest first. */
  readonly widths: readonly number[];
  /** Number of residual blocks of each level, in the encoder and again in the decoder. */
  readonly blocks: readonly number[];
  /** Number of features of the noise-level embedding. */
  readonly embedding: number;
  /** Side in pixels of the squares that are packed into one position of the finest level. */
  readonly patch: number;
  /** Standard deviation of the data that the preconditioning assumes (Karras et al. 2022, table 1). */
  readonly sigmaData: number;
}
