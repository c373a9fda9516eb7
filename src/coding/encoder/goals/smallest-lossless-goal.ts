/** Streams that a tail makes exact, with as many layers as make the file smallest: few (docs/lossless.md). */
import { type LadderStep, ladder } from '../../../codec/format/noise-ladder.ts';
import type { Rect } from '../../../codec/grid/geometry.ts';
import { gather, type Plane } from '../../../codec/grid/plane.ts';
import { encodeTail, type TailPosterior } from '../../../codec/tail/tail.ts';
import type { EncodeWalkState } from '../../../codec/walk/encode-walk.ts';
import type { ColourImage } from '../../../image/raw-image.ts';
import type { EncoderRun } from '../encoder-run.ts';
import { type Goal, type Reached, tailPosterior } from './goal.ts';

/** A tail starts before this position (sigma 1/8) in most pictures; only progress depends on it. */
const LIKELY_TAIL_START = -768;
/** States of the full size at or below this noise level are looked at. */
const HIGHEST_SIGMA = 1.2;
/** Where a walk ends at the latest. */
const LOWEST_SIGMA = 0.02;
/** The tail of larger pictures is estimated from a window of this side in their middle: half a second for each state. */
const WINDOW = 256;

/** Walks until files get larger again, and keeps the layers of the smallest. */
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

/** The middle of a picture. */
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

/** Compares the sizes of the files whose tail would start at the states of a walk. */
class TailStartSearch {
  readonly #image: ColourImage;
  readonly #window: Rect;
  readonly #pixels: Uint8Array;
  #bits = Number.POSITIVE_INFINITY;
  /** Copy of the best state so far. */
  best: TailPosterior | undefined;
  /** Layers before it. */
  layers = 0;

  constructor(image: ColourImage) {
    this.#image = image;
    this.#window = windowOf(image);
    this.#pixels = cropPixels(image, this.#window);
  }

  /**
   * Looks at a state; true if the walk can end, because the file gets larger again or for lack of noise.
   *
   * @param bits - of the layers so far
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
