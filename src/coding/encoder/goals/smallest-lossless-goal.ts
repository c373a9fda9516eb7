/**
 * Goal: a lossless stream whose tail starts after the layer that makes the file smallest, an early one
 * (docs/lossless.md).
 */
import { type LadderStep, ladder } from '../../../codec/format/noise-ladder.ts';
import type { Rect } from '../../../codec/grid/geometry.ts';
import { gather, type Plane } from '../../../codec/grid/plane.ts';
import { encodeTail, type TailPosterior } from '../../../codec/tail/tail.ts';
import type { EncodeWalkState } from '../../../codec/walk/encode-walk.ts';
import type { ColourImage } from '../../../image/raw-image.ts';
import type { EncoderRun } from '../encoder-run.ts';
import { type Goal, type Reached, tailPosterior } from './goal.ts';

/** The tail of most pictures starts above this position (sigma 1/8); only progress depends on it. */
const LIKELY_TAIL_START = -768;
/** Highest noise level of a full-size state at which a tail may start. */
const HIGHEST_SIGMA = 1.2;
/** The walk ends at the latest below this noise level. */
const LOWEST_SIGMA = 0.02;
/**
 * Side of the window in the middle of larger pictures from which the size of their tail is estimated: half a second a
 * state.
 */
const WINDOW = 256;

/** Walks until the file would get larger again, and keeps the layers of the smallest one. */
export class SmallestLosslessGoal implements Goal {
  expectedSteps(levels: number, stepEighths: number): LadderStep[] {
    return ladder(levels, stepEighths, LIKELY_TAIL_START);
  }

  async reach(run: EncoderRun): Promise<Reached> {
    const draft = run.draft();
    const search = new TailStartSearch(run.image);
    for await (const state of run.walk({ tail: 'all' })) {
      const layer = run.layerOf(state);
      if (layer) draft.add(layer);
      await run.pass(state.layers);
      if (search.done(state, draft.bits)) break;
    }
    if (!search.best) throw new Error('a walk comes to states of the full size');
    return { draft: draft.prefix(search.layers), posterior: search.best };
  }
}

/** The window in the middle of a picture. */
function windowOf({ width, height }: ColourImage): Rect {
  const wide = Math.min(width, WINDOW);
  const high = Math.min(height, WINDOW);
  return { x: Math.floor((width - wide) / 2), y: Math.floor((height - high) / 2), width: wide, height: high };
}

function cropPlane(plane: Plane, rect: Rect): Plane {
  const { width, height } = rect;
  return { width, height, data: gather(plane, rect, new Float32Array(width * height * 3)) };
}

function cropPixels({ data, width, channels }: ColourImage, rect: Rect): Uint8Array {
  const cropped = new Uint8Array(rect.width * rect.height * channels);
  for (let j = 0; j < rect.height; j++) {
    const from = ((rect.y + j) * width + rect.x) * channels;
    cropped.set(data.subarray(from, from + rect.width * channels), j * rect.width * channels);
  }
  return cropped;
}

/** Searches the state of a walk at which the tail must start for the smallest file. */
class TailStartSearch {
  readonly #image: ColourImage;
  readonly #window: Rect;
  /** Pixels in the window. */
  readonly #pixels: Uint8Array;
  /** Size of the smallest file so far, in bits. */
  #bits = Number.POSITIVE_INFINITY;
  /** Copy of the best state so far. */
  best: TailPosterior | undefined;
  /** Number of layers before the best state. */
  layers = 0;

  constructor(image: ColourImage) {
    this.#image = image;
    this.#window = windowOf(image);
    this.#pixels = cropPixels(image, this.#window);
  }

  /**
   * Measures the file whose tail starts at a state.
   *
   * @param bits - number of bits of the layers so far
   * @returns true if the walk can end, because the file gets larger again or the noise is low
   */
  done(state: EncodeWalkState, bits: number): boolean {
    if (state.step?.level !== 0 || state.level !== 0 || state.sigma > HIGHEST_SIGMA) return false;
    const posterior = tailPosterior(state);
    const total = bits + this.#tailBits(posterior);
    if (total >= this.#bits) return true;
    this.#bits = total;
    this.layers = state.layers;
    this.best = this.#copy(posterior);
    return state.sigma < LOWEST_SIGMA;
  }

  #copy(posterior: TailPosterior): TailPosterior {
    const state = { ...posterior.state, data: posterior.state.data.slice() };
    const mean = { ...posterior.mean, data: posterior.mean.data.slice() };
    return { ...posterior, state, mean };
  }

  /** Number of bits of a tail that starts at a state; for larger pictures an estimate. */
  #tailBits(posterior: TailPosterior): number {
    const { width, height, channels } = this.#image;
    const rect = this.#window;
    const variances = { ...posterior.mean, data: posterior.logVariance };
    const cropped = {
      state: cropPlane(posterior.state, rect),
      mean: cropPlane(posterior.mean, rect),
      logVariance: cropPlane(variances, rect).data,
      index: posterior.index,
    };
    const coder = encodeTail(this.#pixels, { width: rect.width, height: rect.height, channels }, cropped);
    for (;;) {
      const { done, value } = coder.next();
      if (done) return (value.length * 8 * width * height) / (rect.width * rect.height);
    }
  }
}
