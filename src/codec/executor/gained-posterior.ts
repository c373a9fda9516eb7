/**
 * The posterior of a tile with variance gains. Where a gain says that the denoiser errs more than it expects, its mean D
 * is worth less against the state y, and D' lies between both. However wrong the denoiser is, D' is about as near to
 * the image as y. docs/format.md, "Variance gains"; docs/design/gains.md.
 */
import type { Gains } from '../format/variance-gains.ts';
import { addUnwhitened, forEachBlock, whitenDifference } from '../math/tile-whitening.ts';
import { BLOCK_COEFFICIENTS } from '../math/whitening.ts';
import type { TileModel } from './executor.ts';

/** The part of a tile's model that its posterior depends on. */
export type PosteriorModel = Pick<TileModel, 'size' | 'sigmaFrom' | 'blockVariance' | 'shape' | 'gains' | 'isFresh'>;

/** True if gains move D towards y: if any exponent is positive, and y is no fresh state. */
export function trustsState({ gains, isFresh }: Pick<TileModel, 'gains' | 'isFresh'>): boolean {
  return !isFresh && gains.some((exponent) => exponent > 0);
}

/** The gain 4^exponent of each class. */
export function gainFactors(gains: Gains): Float64Array {
  return Float64Array.from(gains, (exponent) => 4 ** exponent);
}

/**
 * Share of D in D' of a coefficient; the rest is y.
 *
 * @param variance - posterior variance of the coefficient as the model has it
 * @param factor - the gain 4^exponent
 * @param noise - sigma_t^2
 */
export function meanShare(variance: number, factor: number, noise: number): number {
  return factor > 1 ? noise / (noise + (factor - 1) * variance) : 1;
}

/** Shares of D in D' of all coefficients of a block; with gains of at most 1, all are 1. */
export function blockShares(
  blockVariance: number,
  { shape, sigmaFrom, isFresh }: Pick<TileModel, 'shape' | 'sigmaFrom' | 'isFresh'>,
  factors: Float64Array,
  shares: Float64Array,
): void {
  if (isFresh) return void shares.fill(1);
  const noise = sigmaFrom * sigmaFrom;
  for (let i = 0; i < BLOCK_COEFFICIENTS; i++) shares[i] = meanShare(blockVariance * shape[i], factors[i], noise);
}

/** The gains of a tile, block by block. */
export class GainedBlocks {
  /** The gain 4^exponent of each class. */
  readonly factors: Float64Array;
  /** Shares of D in D' in the block that was visited last. */
  readonly shares: Float64Array = new Float64Array(BLOCK_COEFFICIENTS).fill(1);
  readonly #model: Pick<TileModel, 'shape' | 'sigmaFrom' | 'isFresh'>;
  readonly #trustsState: boolean;

  constructor(model: Pick<TileModel, 'shape' | 'sigmaFrom' | 'gains' | 'isFresh'>) {
    this.factors = gainFactors(model.gains);
    this.#model = model;
    this.#trustsState = trustsState(model);
  }

  /** Sets the shares to those of a block; without trust in the state all stay 1. */
  visit(blockVariance: number): void {
    if (this.#trustsState) blockShares(blockVariance, this.#model, this.factors, this.shares);
  }
}

/** Replaces D of a tile by D', in place: U D' = U D + (1 - share) U(y - D). */
export function moveTowardsState(y: Float32Array, mean: Float32Array, model: PosteriorModel): void {
  const { size, blockVariance } = model;
  const gained = new GainedBlocks(model);
  const { shares } = gained;
  const block = new Float64Array(BLOCK_COEFFICIENTS);
  const rowLength = size.width * 3;
  forEachBlock(size, (number, first) => {
    whitenDifference(y, mean, first, rowLength, block);
    gained.visit(blockVariance[number]);
    for (let i = 0; i < BLOCK_COEFFICIENTS; i++) block[i] *= 1 - shares[i];
    addUnwhitened(block, first, rowLength, mean);
  });
}
