/**
 * Goal: a lossless stream whose tail starts where the file is smallest, which is early (docs/lossless.md): with the first state of
 * full size, where there is a pyramid; otherwise after the layer that is found to be best.
 */
import { drainInSlices } from '../../../base/event-loop.ts';
import { firstTailPosition, type LadderStep, ladder } from '../../../codec/format/noise-ladder.ts';
import type { Plane } from '../../../codec/grid/plane.ts';
import { encodeTail, type TailPosterior } from '../../../codec/tail/tail.ts';
import type { EncodeWalkState } from '../../../codec/walk/encode-walk.ts';
import type { ColourImage } from '../../../image/raw-image.ts';
import type { EncoderRun } from '../encoder-run.ts';
import type { Goal, Reached } from './goal.ts';

/** Without a pyramid the tail of most pictures starts above this position (sigma 1/2); only progress depends on it. */
const LIKELY_TAIL_START = -256;
/** Highest noise level at which a tail may start. */
const HIGHEST_SIGMA = 1.2;
/** The walk ends at the latest below this noise level. */
const LOWEST_SIGMA = 0.02;
/**
 * Largest side of the sample from which the size of a larger picture's tail is estimated. It is put together from squares of STRIP pixels
 * that are spread evenly over the picture, because the layers' bits, which are weighed against the tail's, are those of all of it.
 */
const SAMPLE = 256;
const STRIP = 64;

/** Walks to the first state of full size; without a pyramid until the file would get larger again. */
export class SmallestLosslessGoal implements Goal {
  expectedSteps(levels: number, stepEighths: number): LadderStep[] {
    return ladder(levels, stepEighths, levels > 0 ? firstTailPosition(levels) : LIKELY_TAIL_START);
  }

  async reach(run: EncoderRun): Promise<Reached> {
    const draft = run.draft();
    const search = run.levels > 0 ? undefined : new TailStartSearch(run);
    for await (const state of run.walk({ tail: 'all' })) {
      const layer = run.layerOf(state);
      if (layer) draft.add(layer);
      await run.progress.pass(state.layers);
      if (state.level > 0) continue;
      if (!search) return { draft, posterior: run.tailPosterior(state) };
      if (await search.done(state, draft.bits)) break;
    }
    if (!search?.best) throw new Error('a walk comes to states at which a tail may start');
    return { ...search.best, draft: draft.prefix(search.layers) };
  }
}

/**
 * Coordinates along an axis that belong to the sample: all of an axis of up to SAMPLE pixels; of a longer one, strips of STRIP
 * pixels from its start to its end.
 */
function sampledCoordinates(size: number): Uint32Array {
  const length = Math.min(size, SAMPLE);
  const gaps = Math.ceil(length / STRIP) - 1;
  return Uint32Array.from({ length }, (_, i) => {
    const strip = Math.floor(i / STRIP);
    return i + (gaps > 0 ? Math.floor(((size - length) * strip) / gaps) : 0);
  });
}

/** A part of a picture: all pixels whose column and row belong to it. */
class Sample {
  readonly #columns: Uint32Array;
  readonly #rows: Uint32Array;
  readonly width: number;
  readonly height: number;

  constructor({ width, height }: ColourImage) {
    this.#columns = sampledCoordinates(width);
    this.#rows = sampledCoordinates(height);
    this.width = this.#columns.length;
    this.height = this.#rows.length;
  }

  /** Copies the sample's pixels from those of a picture or plane of `width` pixels with some channels. */
  copy(from: ArrayLike<number>, width: number, channels: number, into: Uint8Array | Float32Array): void {
    let at = 0;
    for (const row of this.#rows) {
      for (const column of this.#columns) {
        const pixel = (row * width + column) * channels;
        for (let c = 0; c < channels; c++) into[at++] = from[pixel + c];
      }
    }
  }

  /** The sample of a plane, with 3 channels. */
  plane(data: Float32Array, width: number): Plane {
    const sample = new Float32Array(this.width * this.height * 3);
    this.copy(data, width, 3, sample);
    return { width: this.width, height: this.height, data: sample };
  }
}

/** Searches the state of a walk at which the tail must start for the smallest file. */
class TailStartSearch {
  readonly #run: Pick<EncoderRun, 'giveTurn' | 'tailPosterior'>;
  readonly #image: ColourImage;
  readonly #sample: Sample;
  /** Pixels of the sample. */
  readonly #pixels: Uint8Array;
  /** Size of the smallest file so far, in bits. */
  #bits = Number.POSITIVE_INFINITY;
  /** Copy of the best state so far, with its tail if the sample is the picture. */
  best: Required<Pick<Reached, 'posterior'>> | undefined;
  /** Number of layers before the best state. */
  layers = 0;

  constructor(run: EncoderRun) {
    const { image } = run;
    this.#run = run;
    this.#image = image;
    this.#sample = new Sample(image);
    const { width, height } = this.#sample;
    const { data, channels } = image;
    this.#pixels = new Uint8Array(width * height * channels);
    this.#sample.copy(data, image.width, channels, this.#pixels);
  }

  /**
   * Measures the file whose tail starts at a state.
   *
   * @param bits - number of bits of the layers so far
   * @returns true if the walk can end, because the file gets larger again or the noise is low
   */
  async done(state: EncodeWalkState, bits: number): Promise<boolean> {
    if (!state.step || state.sigma > HIGHEST_SIGMA) return false;
    const posterior = this.#run.tailPosterior(state);
    const message = await this.#codeSample(posterior);
    const share = this.#pixels.length / this.#image.data.length;
    const total = bits + (message.length * 8) / share;
    if (total >= this.#bits) return true;
    this.#bits = total;
    this.layers = state.layers;
    this.best = { posterior: copyOf(posterior), ...(share === 1 && { message }) };
    return state.sigma < LOWEST_SIGMA;
  }

  /** Codes the tail of the sample. */
  #codeSample(posterior: TailPosterior): Promise<Uint8Array> {
    const sample = this.#sample;
    const { width, height } = sample;
    const { state, mean, logVariance, index } = posterior;
    const taken = {
      state: sample.plane(state.data, state.width),
      mean: sample.plane(mean.data, mean.width),
      logVariance: sample.plane(logVariance, mean.width).data,
      index,
    };
    const shape = { width, height, channels: this.#image.channels };
    return drainInSlices(encodeTail(this.#pixels, shape, taken), () => this.#run.giveTurn());
  }
}

/** Copies the planes that a walk uses again. */
function copyOf({ state, mean, ...rest }: TailPosterior): TailPosterior {
  const copy = (plane: Plane): Plane => ({ ...plane, data: plane.data.slice() });
  return { ...rest, state: copy(state), mean: copy(mean) };
}
