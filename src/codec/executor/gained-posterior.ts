/**
 * The posterior of a tile with variance gains. Where a gain says that the denoiser errs more than it expects, its mean D
 * is worth less against the state y, and D' lies between both. However wrong the denoiser is, D' is about as near to
 * the image as y. docs/format.md, "Variance gains"; docs/design/gains.md.
 */
import type { Gains } from '../format/variance-gains.ts';
import { BLOCK, BLOCK_COEFFICIENTS, unwhitenBlock, whitenBlock } from '../math/whitening.ts';
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

/** Copies a block of the difference of two tiles, a - b, to planes: (colour, row, column). */
function differenceBlock(
  a: Float32Array,
  b: Float32Array,
  first: number,
  rowLength: number,
  block: Float64Array,
): void {
  for (let j = 0; j < BLOCK; j++) {
    let from = first + j * rowLength;
    for (let to = j * BLOCK; to < (j + 1) * BLOCK; to++, from += 3) {
      block[to] = a[from] - b[from];
      block[64 + to] = a[from + 1] - b[from + 1];
      block[128 + to] = a[from + 2] - b[from + 2];
    }
  }
}

/** Computes U(a - b) of two tiles: coefficients ordered (block row, block column, colour, u, v). */
export function whitenedDifference(a: Float32Array, b: Float32Array, size: TileModel['size']): Float32Array {
  const coefficients = new Float32Array(a.length);
  const block = new Float64Array(BLOCK_COEFFICIENTS);
  const rowLength = size.width * 3;
  let at = 0;
  for (let by = 0; by < size.height; by += BLOCK) {
    for (let bx = 0; bx < size.width; bx += BLOCK, at += BLOCK_COEFFICIENTS) {
      differenceBlock(a, b, by * rowLength + bx * 3, rowLength, block);
      whitenBlock(block);
      coefficients.set(block, at);
    }
  }
  return coefficients;
}

/** Replaces D of a tile by D', in place: U D' = U D + (1 - share) U(y - D). */
export function moveTowardsState(y: Float32Array, mean: Float32Array, model: PosteriorModel): void {
  const { size, blockVariance } = model;
  const gained = new GainedBlocks(model);
  const { shares } = gained;
  const block = new Float64Array(BLOCK_COEFFICIENTS);
  const rowLength = size.width * 3;
  let number = 0;
  for (let by = 0; by < size.height; by += BLOCK) {
    for (let bx = 0; bx < size.width; bx += BLOCK, number++) {
      const first = by * rowLength + bx * 3;
      differenceBlock(y, mean, first, rowLength, block);
      whitenBlock(block);
      gained.visit(blockVariance[number]);
      for (let i = 0; i < BLOCK_COEFFICIENTS; i++) block[i] *= 1 - shares[i];
      unwhitenBlock(block);
      for (let j = 0; j < BLOCK; j++) {
        for (let i = 0; i < BLOCK; i++) {
          const at = first + j * rowLength + i * 3;
          for (let c = 0; c < 3; c++) mean[at + c] += block[c * 64 + j * BLOCK + i];
        }
      }
    }
  }
}
