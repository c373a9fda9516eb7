/** Sizes of a photo-net, from the config in its weights file. */
export interface PhotoNetConfig {
  /** Channels of each level, finest first. */
  readonly widths: readonly number[];
  /** Residual blocks of each level, on either side. */
  readonly blocks: readonly number[];
  /** Features of the noise-level embedding. */
  readonly embedding: number;
  /** Side of the squares of pixels that make one position of the finest level. */
  readonly patch: number;
  /** Standard deviation of the data that the preconditioning assumes (Karras et al. 2022, table 1). */
  readonly sigmaData: number;
}
