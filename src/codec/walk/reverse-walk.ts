/**
 * The reverse process from pure shared noise towards the image, the same code for encoder and decoder. They differ only
 * in where the code values come from ({@link LayerCoder}); an executor runs the jobs.
 * docs/design/codec.md, sections 3 and 7.
 */

import { bandShapeAt } from '../calibration/band-variance.ts';
import type { TileCode, TileModel, TileResult } from '../executor/executor.ts';
import { type LadderStep, tailStart } from '../format/noise-ladder.ts';
import { type Gains, gainedSpectrum, type LayerGains, predictGains } from '../format/variance-gains.ts';
import { canvasSize, cutCanvas, type Rect, type Size, TILE } from '../grid/geometry.ts';
import { gather, newPlane, type Plane, scatter } from '../grid/plane.ts';
import { fillGaussian, STREAM, streamKey } from '../math/gaussian-table.ts';
import type { LogSpectrum } from '../transport/transport.ts';
import { logSpectrum, spectrumTable } from '../trellis/bit-allocation.ts';
import { type CanvasPosterior, denoiseCanvas, denoiseHalved, tileVariances } from './denoise-canvas.ts';
import { gainedMean } from './gained-mean.ts';
import type { WalkRun } from './walk-run.ts';

/**
 * The state of a walk after some layers, the same in encoder and decoder. Planes are valid until the walk continues.
 */
export interface WalkState {
  /** Number of layers applied so far. */
  readonly layers: number;
  /** Pyramid level of `state` and `mean`. */
  readonly level: number;
  /** Noise index of the state (noise-ladder.ts); after a part of a step no integer. */
  readonly index: number;
  readonly sigma: number;
  /** State y on the level's canvas. */
  readonly state: Plane;
  /** The decoder's estimate of the image on the level's canvas: D, or with variance gains D'. */
  readonly mean: Plane;
  /** The denoiser's posterior: D with its variances. */
  readonly posterior: CanvasPosterior;
  /** The step that led here; undefined at the start. */
  readonly step: LadderStep | undefined;
  /** Variance gains of that step's tiles. */
  readonly gains: LayerGains | undefined;
}

/** The reverse-process Gaussians of a layer, before the end of its step is decided. */
export interface LayerModel {
  /** Number of the layer, from 0. */
  readonly layer: number;
  /** The nominal step. */
  readonly step: LadderStep;
  /** The state y_t on the canvas of the step's level. */
  readonly y: Plane;
  /** D of it. */
  readonly mean: Plane;
  /** Mean posterior variance of each 8x8 block, rows of blocks from the top. */
  readonly blockVariance: Float64Array;
  /** Variance of each of the 192 coefficients relative to the block's mean. */
  readonly shape: Float64Array;
  /** True: y has just gone up a pyramid level. */
  readonly isFresh: boolean;
  /** The coding tiles of the level. */
  readonly tiles: readonly Rect[];
  /** The variance gains that are predicted for each of them. */
  readonly predictedGains: readonly Gains[];
}

/** The parts of a walk in which encoder and decoder differ. Tiles of a layer may come in any order. */
export interface LayerCoder {
  /**
   * Called before each layer; returns the step to take as the last one, `stop` to end before this layer, or undefined.
   */
  plan?(layer: LayerModel): Promise<LadderStep | 'stop' | undefined>;
  /** Variance gains of a tile; default: the predicted ones. */
  gainsOf?(layer: LayerModel, tile: number): Gains;
  /** Where the code values of a tile come from. */
  codeOf(layer: LayerModel, tile: number, model: TileModel): TileCode;
  /** Receives the result of a tile. */
  coded?(tile: number, result: TileResult): void;
  /** After a step: true to end the walk there, without the denoiser's run on the state after it, which is not yielded. */
  isOver?(step: LadderStep): boolean;
  /**
   * After a step that was taken only in part, with which the walk ends: the noise level that the state has reached.
   * Undefined: the step's end.
   */
  reached?(): number | undefined;
}

/** A state from which a walk can be resumed. */
export interface Resume {
  /** Number of the next layer, from 0. */
  readonly layer: number;
  /** The state before that layer; the walk works on a copy. */
  readonly state: Plane;
  /** The posterior of that state; the walk does not change it. */
  readonly posterior: CanvasPosterior;
  /** Variance gains of the layer before. */
  readonly gains: LayerGains | undefined;
}

/** Input of {@link reverseWalk}. */
export interface WalkOptions {
  readonly image: Size;
  readonly seed: number;
  /** The steps to take; the sequence may be infinite if the coder's plan ends the walk. */
  readonly steps: Iterable<LadderStep>;
  readonly run: WalkRun;
  readonly coder: LayerCoder;
  readonly resume?: Resume;
  /**
   * A tail follows the last step, or may follow any state of level 0 (`all`). Their posteriors have the variance of each sample,
   * and after the last step of level 1 the state goes up to level 0.
   */
  readonly tail?: 'last' | 'all' | undefined;
  /** Level whose states are denoised at half their resolution ({@link denoiseHalved}); default: none. */
  readonly halvedLevel?: number | undefined;
}

/** y_T: pure shared noise. */
function initialState(options: WalkOptions, step: LadderStep): Plane {
  const plane = newPlane(canvasSize(options.image, step.level));
  fillGaussian(plane.data, streamKey(options.seed, STREAM.initialState, step.level, 0));
  for (let i = 0; i < plane.data.length; i++) plane.data[i] *= step.sigmaFrom;
  return plane;
}

/**
 * Takes a state to the next finer pyramid level: y' = nearestUpsample2(y) + 2 sigma (n - blockMean2x2(n)). The mean of
 * each block keeps its noise, the detail starts as pure noise, and the noise of y' is white with 2 sigma
 * (docs/design/codec.md, section 7).
 *
 * @param size - canvas of the finer level
 * @param sigma - noise level of `coarse`
 * @param noiseKey - key of the noise stream of n
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

/** Level and noise level of a state between two steps: the start of the next, or the end of the last, which a tail may follow. */
function placeBetween(
  taken: LadderStep | undefined,
  next: LadderStep | undefined,
  tail: WalkOptions['tail'],
): Pick<WalkState, 'level' | 'index' | 'sigma'> {
  if (next) return { level: next.level, index: next.fromIndex, sigma: next.sigmaFrom };
  if (!taken) throw new Error('a walk has at least one step');
  const start = tail && tailStart(taken);
  return start ? { level: 0, ...start } : { level: taken.level, index: taken.toIndex, sigma: taken.sigmaTo };
}

/** The part of a layer's model that one tile needs, for a step with any end, with the tile's variance gains. */
export function tileModel(
  { blockVariance, mean, shape, isFresh }: LayerModel,
  rect: Rect,
  step: LadderStep,
  gains: Gains,
): TileModel {
  const ofTile = tileVariances(blockVariance, mean.width, rect);
  const size = { width: rect.width, height: rect.height };
  return { size, sigmaFrom: step.sigmaFrom, sigmaTo: step.sigmaTo, blockVariance: ofTile, shape, gains, isFresh };
}

/** Copies the pixels of a tile, (height, width, 3). */
export function tilePixels(plane: Plane, rect: Rect): Float32Array {
  return gather(plane, rect, new Float32Array(rect.width * rect.height * 3));
}

/** Takes a reverse step in all tiles; changes `y`. Returns the gains of the tiles. */
async function takeStep(
  y: Plane,
  layerModel: LayerModel,
  step: LadderStep,
  spectrum: LogSpectrum,
  { run, coder, seed }: WalkOptions,
): Promise<LayerGains> {
  const { layer, mean, tiles, predictedGains } = layerModel;
  const gains = tiles.map((_, tile) => coder.gainsOf?.(layerModel, tile) ?? predictedGains[tile]);
  await run.forEach(tiles, async (rect, tile) => {
    const model = tileModel(layerModel, rect, step, gains[tile]);
    const result = await run.executor.takeStep({
      y: tilePixels(y, rect),
      mean: tilePixels(mean, rect),
      model,
      key: { seed, layer, tile },
      spectrum: gainedSpectrum(spectrum, gains[tile]),
      code: coder.codeOf(layerModel, tile, model),
    });
    scatter(y, rect, result.y);
    coder.coded?.(tile, result);
    return result;
  });
  return { level: step.level, tiles: gains };
}

/**
 * Walks down the ladder: yields the state before the first layer (or before the one it resumes at) and after each
 * layer. After the last layer of a pyramid level the state is already at the next finer level, if the walk continues
 * or a tail follows there.
 */
export async function* reverseWalk(options: WalkOptions): AsyncGenerator<WalkState, void, void> {
  const { image, seed, run, coder, resume, tail, halvedLevel } = options;
  const { calibration } = run.executor;
  const spectra = spectrumTable(calibration);
  const steps = options.steps[Symbol.iterator]();
  let layer = resume?.layer ?? 0;
  let next = steps.next().value as LadderStep | undefined;
  if (!next) throw new Error('a walk has at least one step');
  let y = resume ? { ...resume.state, data: resume.state.data.slice() } : initialState(options, next);
  let posterior = resume?.posterior;
  let taken: LadderStep | undefined;
  let gains = resume?.gains;
  /** What a step that was taken only in part has left. */
  let part: { readonly sigma: number; readonly isFresh: boolean } | undefined;
  /**
   * Plane of D, used again in the next layer: one of 4000x3000 takes 144 MB, and the garbage collector would let them
   * pile up.
   */
  let spare: Plane | undefined;
  for (; ; layer++) {
    const place = placeBetween(taken, next, tail);
    const { level } = place;
    if (taken && level < taken.level) {
      y = refine(y, canvasSize(image, level), taken.sigmaTo, streamKey(seed, STREAM.detail, level, 0));
      spare = undefined;
    }
    const sigma = part?.sigma ?? place.sigma;
    const index = part ? 256 * Math.log2(part.sigma) : place.index;
    if (!posterior && level === halvedLevel) {
      posterior = await denoiseHalved(run, y, canvasSize(image, level + 1), sigma);
    } else if (!posterior) {
      posterior = await denoiseCanvas(run, y, sigma, {
        into: spare,
        variances: tail !== undefined && (!next || (tail === 'all' && level === 0)),
      });
      spare = posterior.mean;
    }
    const { mean, blockVariance } = posterior;
    const shape = bandShapeAt(calibration, sigma);
    const predictedGains = predictGains(image, level, gains);
    const tiles = cutCanvas(y, TILE);
    // A part of a step leaves most of the detail of a fresh state as it was.
    const isFresh = part?.isFresh ?? (gains !== undefined && gains.level > level);
    const estimate = gainedMean({ y, mean, blockVariance, shape, tiles, sigma, isFresh }, predictedGains);
    yield { layers: layer, level, index, sigma, state: y, mean: estimate, posterior, step: taken, gains };
    if (!next) return;
    const layerModel: LayerModel = { layer, step: next, isFresh, y, mean, blockVariance, shape, tiles, predictedGains };
    const last: LadderStep | 'stop' | undefined = await coder.plan?.(layerModel);
    if (last === 'stop') return;
    const step: LadderStep = last ?? next;
    gains = await takeStep(y, layerModel, step, logSpectrum(spectra, step.fromIndex), options);
    if (coder.isOver?.(step)) return;
    const reached = coder.reached?.();
    part = reached === undefined ? undefined : { sigma: reached, isFresh };
    taken = step;
    next = last ? undefined : (steps.next().value as LadderStep | undefined);
    posterior = undefined;
  }
}
