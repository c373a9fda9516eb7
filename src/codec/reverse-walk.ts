/**
 * The reverse process from pure shared noise towards the image, written once for encoder and decoder. They differ only in where
 * the code values come from ({@link CodeSource}). codec.md, sections 3 and 7.
 */
import type { Model } from '../model/denoiser.ts';
import { fillGaussian, STREAM, streamKey } from './gaussian-table.ts';
import { canvasSize, cutCanvas, type Rect, type Size, TILE } from './geometry.ts';
import type { LadderStep } from './ladder.ts';
import { newPlane, type Plane } from './plane.ts';
import { type CanvasPosterior, denoiseCanvas } from './posterior.ts';
import { type LogSpectrum, logSpectrum, spectrumTable } from './trellis/pace.ts';
import { bandShapeAt } from './variance.ts';
import { BLOCK, BLOCK_COEFFICIENTS, unwhitenBlock } from './whitening.ts';

/** One tile of one reverse step, in whitened coordinates; coefficients are ordered (block row, block column, colour, u, v). */
export interface TileStep {
  /** 0-based layer and tile. */
  readonly layer: number;
  readonly tile: number;
  readonly rect: Rect;
  readonly step: LadderStep;
  /** k = 1 - sigma_s^2 / sigma_t^2. */
  readonly k: number;
  /** Posterior mean D on the canvas of the step's level. */
  readonly mean: Plane;
  /** s: standard deviation of the reverse-process Gaussian p. */
  readonly scale: Float32Array;
  /** r: variance of q in units of s^2. */
  readonly residualVariance: Float32Array;
  /** Calibrated spectrum at the step's noise level, for the trellis code's pace. */
  readonly spectrum: LogSpectrum;
}

/** Where the code values c of a tile come from: the bitstream, or the encoder's channel. */
export interface CodeSource {
  /** @returns c, as many values as `step.scale` has */
  codeValues(step: TileStep): Float32Array;
}

/** A picture on the way: what a decoder holds after some layers. */
export interface WalkState {
  /** Layers that have been applied. */
  readonly layers: number;
  /** Pyramid level of `mean`. */
  readonly level: number;
  /** Noise index of the state (ladder.ts). */
  readonly index: number;
  readonly sigma: number;
  /** State y on the level's canvas; valid until the walk goes on. */
  readonly state: Plane;
  /** Denoised state D in [-1, 1] on the level's canvas. */
  readonly mean: Plane;
  /** D with its variances. */
  readonly posterior: CanvasPosterior;
  /** The step that led here; undefined at the start. */
  readonly step: LadderStep | undefined;
}

/** The reverse-process Gaussians of a layer before its step's end is fixed. */
export interface LayerModel {
  /** 0-based. */
  readonly layer: number;
  /** The nominal step. */
  readonly step: LadderStep;
  /** D on the canvas of the step's level. */
  readonly mean: Plane;
  /** Mean posterior variance of each 8x8 block, rows of blocks from the top. */
  readonly blockVariance: Float64Array;
  /** Variance of each of the 192 coefficients relative to the block's mean. */
  readonly shape: Float64Array;
  /** The coding tiles of the level. */
  readonly tiles: readonly Rect[];
}

/** A place on the walk from which it can be taken up again. */
export interface Resume {
  readonly layer: number;
  /** The state before that layer; it is copied. */
  readonly state: Plane;
  readonly posterior: CanvasPosterior;
}

/** What the walk needs to know. */
export interface WalkOptions {
  readonly image: Size;
  readonly seed: number;
  /** The steps to take; may be without end if `plan` ends the walk. */
  readonly steps: Iterable<LadderStep>;
  readonly model: Model;
  readonly source: CodeSource;
  /** Looks at a layer before it is taken; returns the step to take if it is to be the last one, or ends the walk without it. */
  readonly plan?: (layer: LayerModel) => LadderStep | 'stop' | undefined;
  readonly resume?: Resume;
}

/** y_T: pure shared noise. */
function initialState(options: WalkOptions, step: LadderStep): Plane {
  const plane = newPlane(canvasSize(options.image, step.level));
  fillGaussian(plane.data, streamKey(options.seed, STREAM.initialState, step.level, 0));
  for (let i = 0; i < plane.data.length; i++) plane.data[i] *= step.sigmaFrom;
  return plane;
}

/**
 * Goes up one pyramid level: y' = nearestUpsample2(y) + 2 sigma (n - blockMean2x2(n)). The block mean keeps its noise, the detail
 * starts as pure noise, and the noise of y' is white with 2 sigma (codec.md, section 7).
 */
export function refine(coarse: Plane, size: Size, sigma: number, noiseKey: number): Plane {
  const fine = newPlane(size);
  const { data } = fine;
  fillGaussian(data, noiseKey);
  const rowLength = size.width * 3;
  const scale = 2 * sigma;
  for (let j = 0; j < size.height; j += 2) {
    for (let i = 0; i < size.width; i += 2) {
      for (let c = 0; c < 3; c++) {
        const at = j * rowLength + i * 3 + c;
        const blockMean = (data[at] + data[at + 3] + data[at + rowLength] + data[at + rowLength + 3]) / 4;
        const base = coarse.data[((j >> 1) * coarse.width + (i >> 1)) * 3 + c] - scale * blockMean;
        data[at] = base + scale * data[at];
        data[at + 3] = base + scale * data[at + 3];
        data[at + rowLength] = base + scale * data[at + rowLength];
        data[at + rowLength + 3] = base + scale * data[at + rowLength + 3];
      }
    }
  }
  return fine;
}

/** k = 1 - sigma_s^2 / sigma_t^2: how much of the remaining noise the step removes. */
export function gain(step: LadderStep): number {
  const ratio = step.sigmaTo / step.sigmaFrom;
  return 1 - ratio * ratio;
}

/** Scale s and residual variance r of a tile's coefficients (codec.md, section 3). */
function gaussians(
  { mean, blockVariance, shape }: LayerModel,
  rect: Rect,
  step: LadderStep,
): { scale: Float32Array; residualVariance: Float32Array } {
  const n = rect.width * rect.height * 3;
  const scale = new Float32Array(n);
  const residualVariance = new Float32Array(n);
  const k = gain(step);
  const qVariance = step.sigmaTo * step.sigmaTo * k;
  const blocksWide = mean.width / BLOCK;
  let at = 0;
  for (let y = rect.y; y < rect.y + rect.height; y += BLOCK) {
    for (let x = rect.x; x < rect.x + rect.width; x += BLOCK) {
      const blockTerm = k * k * blockVariance[(y / BLOCK) * blocksWide + x / BLOCK];
      for (let i = 0; i < BLOCK_COEFFICIENTS; i++, at++) {
        const pVariance = qVariance + blockTerm * shape[i];
        scale[at] = Math.sqrt(pVariance);
        residualVariance[at] = qVariance / pVariance;
      }
    }
  }
  return { scale, residualVariance };
}

/** y_s = D + (1 - k) (y_t - D) + U^-1(s c), in place. */
function applyCodeValues(y: Plane, tile: TileStep, values: Float32Array): void {
  const { rect, mean, scale, k } = tile;
  const block = new Float64Array(BLOCK_COEFFICIENTS);
  const rowLength = y.width * 3;
  let at = 0;
  for (let by = rect.y; by < rect.y + rect.height; by += BLOCK) {
    for (let bx = rect.x; bx < rect.x + rect.width; bx += BLOCK) {
      for (let i = 0; i < BLOCK_COEFFICIENTS; i++, at++) block[i] = scale[at] * values[at];
      unwhitenBlock(block);
      for (let j = 0; j < BLOCK; j++) {
        const row = (by + j) * rowLength + bx * 3;
        for (let i = 0; i < BLOCK; i++) {
          for (let c = 0; c < 3; c++) {
            const p = row + i * 3 + c;
            const d = mean.data[p];
            y.data[p] = d + (1 - k) * (y.data[p] - d) + block[c * 64 + j * 8 + i];
          }
        }
      }
    }
  }
}

/** Takes a step in place. */
function takeStep(y: Plane, layerModel: LayerModel, step: LadderStep, spectrum: LogSpectrum, source: CodeSource): void {
  const { layer, mean, tiles } = layerModel;
  const k = gain(step);
  tiles.forEach((rect, tile) => {
    const tileStep = { layer, tile, rect, step, k, mean, spectrum, ...gaussians(layerModel, rect, step) };
    applyCodeValues(y, tileStep, source.codeValues(tileStep));
  });
}

/**
 * Walks down the ladder and yields the picture before the first layer (or the one resumed at) and after each one. Where a layer is
 * the last of its pyramid level, the state after it is that of the next finer level, if the walk goes there.
 */
export async function* reverseWalk(options: WalkOptions): AsyncGenerator<WalkState, void, void> {
  const { image, seed, model, source, plan, resume } = options;
  const spectra = spectrumTable(model.calibration);
  const steps = options.steps[Symbol.iterator]();
  let layer = resume?.layer ?? 0;
  let next = steps.next().value as LadderStep | undefined;
  if (!next) throw new Error('a walk has at least one step');
  let y = resume ? { ...resume.state, data: resume.state.data.slice() } : initialState(options, next);
  let posterior = resume?.posterior;
  let taken: LadderStep | undefined;
  for (; ; layer++) {
    if (taken && next && next.level < taken.level) {
      const key = streamKey(seed, STREAM.detail, next.level, 0);
      y = refine(y, canvasSize(image, next.level), taken.sigmaTo, key);
    }
    const level = (next ?? taken)?.level ?? 0;
    const sigma = next?.sigmaFrom ?? taken?.sigmaTo ?? 1;
    const index = next?.fromIndex ?? taken?.toIndex ?? 0;
    posterior ??= await denoiseCanvas(model.denoiser, y, sigma);
    const { mean, blockVariance } = posterior;
    yield { layers: layer, level, index, sigma, state: y, mean, posterior, step: taken };
    if (!next) return;
    const shape = bandShapeAt(model.calibration, next.sigmaFrom);
    const layerModel: LayerModel = { layer, step: next, mean, blockVariance, shape, tiles: cutCanvas(y, TILE) };
    const last: LadderStep | 'stop' | undefined = plan?.(layerModel);
    if (last === 'stop') return;
    const step: LadderStep = last ?? next;
    takeStep(y, layerModel, step, logSpectrum(spectra, step.fromIndex), source);
    taken = step;
    next = last ? undefined : (steps.next().value as LadderStep | undefined);
    posterior = undefined;
  }
}
