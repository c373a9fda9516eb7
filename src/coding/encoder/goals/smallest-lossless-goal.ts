/**
 * Goal: a lossless stream whose tail starts after the layer that makes the file smallest, an early one
 * (docs/lossless.md).
 */
import { drainInSlices } from '../../../base/event-loop.ts';
import { type LadderStep, ladder } from '../../../codec/format/noise-ladder.ts';
import type { Plane } from '../../../codec/grid/plane.ts';
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
 * Largest side of the sample from which the size of a larger picture's tail is estimated: half a second a state. It is put
 * together from squares of STRIP pixels that are spread evenly over the picture, because the layers' bits, which are weighed
 * against the tail's, are those of all of it.
 */
const SAMPLE = 256;
const STRIP = 64;

/** Walks until the file would get larger again, and keeps the layers of the smallest one. */
export class SmallestLosslessGoal implements Goal {
  expectedSteps(levels: number, stepEighths: number): LadderStep[] {
    return ladder(levels, stepEighths, LIKELY_TAIL_START);
  }

  async reach(run: EncoderRun): Promise<Reached> {
    const draft = run.draft();
    const search = new TailStartSearch(run);
    for await (const state of run.walk({ tail: 'all' })) {
      const layer = run.layerOf(state);
      if (layer) draft.add(layer);
      await run.progress.pass(state.layers);
      if (await search.done(state, draft.bits)) break;
    }
    if (!search.best) throw new Error('a walk comes to states of the full size');
    return { draft: draft.prefix(search.layers), posterior: search.best };
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
  readonly #run: Pick<EncoderRun, 'giveTurn'>;
  readonly #image: ColourImage;
  readonly #sample: Sample;
  /** Pixels of the sample. */
  readonly #pixels: Uint8Array;
  /** Size of the smallest file so far, in bits. */
  #bits = Number.POSITIVE_INFINITY;
  /** Copy of the best state so far. */
  best: TailPosterior | undefined;
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
    if (state.step?.level !== 0 || state.level !== 0 || state.sigma > HIGHEST_SIGMA) return false;
    const posterior = tailPosterior(state);
    const total = bits + (await this.#tailBits(posterior));
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
  async #tailBits(posterior: TailPosterior): Promise<number> {
    const { width, height, channels } = this.#image;
    const sample = this.#sample;
    const { state, mean, logVariance, index } = posterior;
    const taken = {
      state: sample.plane(state.data, state.width),
      mean: sample.plane(mean.data, mean.width),
      logVariance: sample.plane(logVariance, mean.width).data,
      index,
    };
    const coder = encodeTail(this.#pixels, { width: sample.width, height: sample.height, channels }, taken);
    const message = await drainInSlices(coder, () => this.#run.giveTurn());
    return (message.length * 8 * width * height) / (sample.width * sample.height);
  }
}
