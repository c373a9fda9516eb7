/**
 * Interface of executors, which run the jobs of a reverse walk in this thread or in others. A layer consists of windows
 * (for the denoiser) and tiles (for the transport); each is a job. The result of a job depends on its fields alone, so
 * neither bytes nor pixels depend on the thread, on the order of the jobs or on how many run at a time.
 * docs/design/parallelism.md.
 *
 * A job hands its pixel and coefficient arrays over: the executor may change them, transfer them to another thread, or
 * return them in its result. Implementations: inline-executor.ts, and src/node/threads/worker-pool.ts with worker
 * threads. A walk issues its jobs through src/codec/walk/walk-run.ts.
 */
import type { Calibration } from '../../model/denoiser.ts';
import type { Gains } from '../format/variance-gains.ts';
import type { Rect, Size } from '../grid/geometry.ts';
import type { LogSpectrum, Message, PartialMessage, TileKey } from '../transport/transport.ts';

/** Time spent in each stage of the work, in milliseconds. */
export interface StageTimes {
  /** Runs of the network. */
  readonly networkMs: number;
  /** The transport: trellis search of the encoder, register of the decoder, or range coder. */
  readonly transportMs: number;
  /** Other work on tiles and windows: colour rotation and DCT, Gaussians, KL divergence, variances. */
  readonly whiteningMs: number;
}

/** A window with its halo, to be denoised. */
export interface WindowJob {
  /** State y of the window and its halo, (height, width, 3). */
  readonly y: Float32Array;
  /** Size of the window with its halo, in pixels. */
  readonly seen: Size;
  readonly sigma: number;
  /** True: the result must be the same to the bit on every machine. */
  readonly exact: boolean;
  /** The window itself, in coordinates of `seen`; whole 8x8 blocks. */
  readonly inner: Rect;
  /** True: the result must have the variance of each sample, too (for the tail). */
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
  /** Mean posterior variance of each of the tile's blocks, rows of blocks from the top. */
  readonly blockVariance: Float64Array;
  /** Variance of each of the 192 coefficients relative to the block's mean. */
  readonly shape: Float64Array;
  /** Variance gains of the tile. */
  readonly gains: Gains;
  /** True: the state has just gone up a pyramid level, and knows nothing of the detail of the finer one. */
  readonly isFresh: boolean;
}

/** A tile whose residual is to be computed. */
export interface ResidualJob {
  /** Pixels of the image, (height, width, 3). */
  readonly x: Float32Array;
  /** D of the same pixels. */
  readonly mean: Float32Array;
  /** State y_t of the same pixels. */
  readonly y: Float32Array;
  /** The model, with the gains that are predicted for the tile. */
  readonly model: TileModel;
  /** True: the tile may have other gains than the predicted ones. */
  readonly mayGain: boolean;
}

/** Ideal cost of a tile in a step. */
export interface KlCost {
  /** KL(q || p) in bits. */
  readonly bits: number;
  /** Number of coefficients that it is about: sum of 1 - r. */
  readonly active: number;
  /** Number of those whose estimate is the state and not the denoiser's mean: sum of (1 - r) (1 - share of D in D'). */
  readonly trusted: number;
}

/** The residual of a tile, and its ideal cost. */
export interface ResidualResult {
  /** U(x - D'), coefficients ordered (block row, block column, colour, u, v); D' is the mean that the gains give. */
  readonly residual: Float32Array;
  /** The variance gains with which the tile takes the fewest bits. */
  readonly gains: Gains;
  /** Cost of the job's step with these gains. */
  readonly cost: KlCost;
  /** Mean square of y - x over sigma_t^2: about 1 if the state is the image with noise. */
  readonly stateNoise: number;
  readonly time: StageTimes;
}

/** Where the code values c of a tile come from. */
export type TileCode =
  | {
      /** Encoder: the executor's transport codes the residual. */
      readonly kind: 'convey';
      /** U(x - D'), from {@link Executor.residual}. */
      readonly residual: Float32Array;
      /** B, the budget in bits. */
      readonly bits: number;
      /**
       * True if nothing but the picture follows this layer: the transport may then aim at the picture's squared error.
       */
      readonly towardsPicture: boolean;
      /** One byte a block, rows of blocks from the top; 1: any values will do there. Default: nowhere. */
      readonly freeBlocks?: Uint8Array;
    }
  | {
      /** Decoder: the transport decodes the message. */
      readonly kind: 'receive';
      readonly message: Message;
    }
  | {
      /** Decoder of a message that is cut short: the transport decodes what is there. */
      readonly kind: 'receive part';
      readonly message: PartialMessage;
      /** Seed with which what is not known is drawn, as with `sample`; the step is whole then. Default: as partial-step.ts says. */
      readonly sampleSeed?: number;
    }
  | {
      /** Decoder without bits: c ~ N(0, 1) is drawn, which samples a picture that fits the layers so far. */
      readonly kind: 'sample';
      readonly seed: number;
    };

/** A tile that is to take a reverse step. */
export interface TileJob {
  /** State y_t, (height, width, 3). */
  readonly y: Float32Array;
  /** D of the same pixels. */
  readonly mean: Float32Array;
  readonly model: TileModel;
  readonly key: TileKey;
  /** Calibrated spectrum at the step's noise level, for the bit allocation of the trellis code. */
  readonly spectrum: LogSpectrum;
  readonly code: TileCode;
}

/** A tile after its reverse step. */
export interface TileResult {
  /** y_s. */
  readonly y: Float32Array;
  /** The coded bits, most significant first; null for a decoder, and for a transport that makes no bits. */
  readonly packed: Uint8Array | null;
  /** Number of coded bits, if it differs from the budget. */
  readonly bits?: number;
  /**
   * Encoder: noise variance that the step has really put in place of q's, divided by it, mean over all coefficients: about 1 if
   * the transport has delivered a sample of q.
   */
  readonly noiseRatio?: number;
  /**
   * After a part of a message: natural logarithm of the state's noise level, the mean over the coefficients; undefined if
   * the message has no bits, so that all of it is there.
   */
  readonly logSigma?: number;
  /** Expectation of KL(q || p) under the model, in bits, without the image: -1/2 sum(log2 r). */
  readonly expectedBits: number;
  readonly time: StageTimes;
}

/** Runs the jobs of a walk. */
export interface Executor {
  /** Calibration of the executor's model. */
  readonly calibration: Calibration;
  /** `Denoiser.sizeMultiple` and `Denoiser.windowSize` of its denoiser. */
  readonly sizeMultiple: number;
  readonly windowSize?: number;
  /** Number of jobs that a walk should issue at a time; more would only take memory. */
  readonly concurrency: number;
  denoise(job: WindowJob): Promise<WindowResult>;
  residual(job: ResidualJob): Promise<ResidualResult>;
  takeStep(job: TileJob): Promise<TileResult>;
}
