/**
 * Who does the work of a reverse walk. A layer falls apart into windows (for the denoiser) and tiles (for the code); an executor does
 * them, in this thread or on others. What comes of a job follows from its fields alone, so neither bytes nor pixels depend on who
 * does it, in which order, or how many are under way. docs/design/parallelism.md.
 *
 * The pixel and coefficient arrays of a job are handed over: an executor may change them, send them away, or give them back as
 * its result. Implementations: inline-executor.ts, and worker threads in src/node/threads/worker-pool.ts. A walk hands out jobs through walk-run.ts.
 */
import type { Calibration } from '../../model/denoiser.ts';
import type { Rect, Size } from '../grid/geometry.ts';
import type { LogSpectrum, Message, TileKey } from '../transport/transport.ts';

/** Time of a thread by what it went to, in milliseconds. */
export interface StageTimes {
  /** Runs of the network. */
  readonly networkMs: number;
  /** The transport: trellis search, or the decoder's register. */
  readonly transportMs: number;
  /** What else tiles and windows take: basis, Gaussians, KL divergence, variances. */
  readonly whiteningMs: number;
}

/** A window with its halo, to be denoised. */
export interface WindowJob {
  /** State y of all that the denoiser sees, (height, width, 3). */
  readonly y: Float32Array;
  readonly seen: Size;
  readonly sigma: number;
  /** The window, in coordinates of what is seen; whole 8x8 blocks. */
  readonly inner: Rect;
  /** True: the result has the variance of each sample, too (for the tail). */
  readonly variances?: boolean;
}

/** The posterior of a window, without its halo. */
export interface WindowResult {
  /** D in [-1, 1], (height, width, 3). */
  readonly mean: Float32Array;
  /** Mean posterior variance of each 8x8 block, rows of blocks from the top. */
  readonly blockVariance: Float64Array;
  /** Natural logarithm of the posterior variance of each sample, (height, width, 3); only if the job asks for it. */
  readonly logVariance?: Float32Array;
  readonly time: StageTimes;
}

/** The Gaussians p and q of a reverse step in one tile. docs/design/codec.md, sections 3 and 4. */
export interface TileModel {
  /** Width and height in pixels. */
  readonly size: Size;
  readonly sigmaFrom: number;
  readonly sigmaTo: number;
  /** Of the tile's blocks, rows of blocks from the top. */
  readonly blockVariance: Float64Array;
  /** Variance of each of the 192 coefficients relative to the block's mean. */
  readonly shape: Float64Array;
}

/** What a tile leaves to be coded. */
export interface ResidualJob {
  /** Pixels of the image, (height, width, 3). */
  readonly x: Float32Array;
  /** D of the same pixels. */
  readonly mean: Float32Array;
  readonly model: TileModel;
}

/** The residual of a tile and its price. */
export interface ResidualResult {
  /** U(x - D), coefficients ordered (block row, block column, colour, u, v). */
  readonly residual: Float32Array;
  /** KL(q || p) of the job's step in bits. */
  readonly idealBits: number;
  readonly time: StageTimes;
}

/** Where the code values of a tile come from. */
export type TileCode =
  | {
      /** The encoder conveys the image's part of the tile through the executor's transport. */
      readonly kind: 'convey';
      /** U(x - D), from {@link Executor.residual}. */
      readonly residual: Float32Array;
      /** B, the bits to spend. */
      readonly bits: number;
      /** Nothing follows but the picture, so that its squared error counts. */
      readonly towardsPicture: boolean;
    }
  | {
      /** The decoder receives what was conveyed. */
      readonly kind: 'receive';
      readonly message: Message;
    }
  | {
      /** c ~ N(0, 1) is drawn, for a sample of the pictures that the layers so far allow. */
      readonly kind: 'sample';
      readonly seed: number;
    };

/** A tile to take a reverse step in. */
export interface TileJob {
  /** State y_t, (height, width, 3). */
  readonly y: Float32Array;
  /** D of the same pixels. */
  readonly mean: Float32Array;
  readonly model: TileModel;
  readonly key: TileKey;
  /** Calibrated spectrum at the step's noise level, for the trellis code's bit allocation. */
  readonly spectrum: LogSpectrum;
  readonly code: TileCode;
}

/** A tile after its step. */
export interface TileResult {
  /** y_s. */
  readonly y: Float32Array;
  /** The bits, most significant first; null where nothing was conveyed, or by a transport that only computes. */
  readonly packed: Uint8Array | null;
  /** How many bits were taken, where that is not the number to spend. */
  readonly bits?: number;
  /** KL(q || p) in bits as the model expects it, without the image: -1/2 sum(log2 r). */
  readonly expectedBits: number;
  readonly time: StageTimes;
}

/** Does the jobs of a walk. */
export interface Executor {
  /** Of the model whose denoiser does the windows. */
  readonly calibration: Calibration;
  /** `Denoiser.sizeMultiple` and `Denoiser.windowSize` of the same. */
  readonly sizeMultiple: number;
  readonly windowSize?: number;
  /** Jobs that a walk should have under way at a time; more only take memory. */
  readonly concurrency: number;
  denoise(job: WindowJob): Promise<WindowResult>;
  residual(job: ResidualJob): Promise<ResidualResult>;
  takeStep(job: TileJob): Promise<TileResult>;
}
