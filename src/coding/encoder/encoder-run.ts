/** One run of the encoder, as goals use it: walks towards the image, and drafts of the stream. */
import type { Chunks } from '../../codec/format/chunks.ts';
import { type LadderStep, nominalLadder } from '../../codec/format/noise-ladder.ts';
import { coarsestLevel, cutCanvas, TILE } from '../../codec/grid/geometry.ts';
import { ImagePyramid } from '../../codec/grid/image-pyramid.ts';
import { type SourcePicture, squaredError } from '../../codec/grid/picture.ts';
import type { Plane } from '../../codec/grid/plane.ts';
import type { TailPosterior } from '../../codec/tail/tail.ts';
import type { TransportName } from '../../codec/transport/transport.ts';
import { type EncodeWalkOptions, type EncodeWalkState, encodeWalk } from '../../codec/walk/encode-walk.ts';
import { tilePixels } from '../../codec/walk/reverse-walk.ts';
import type { WalkRun } from '../../codec/walk/walk-run.ts';
import { type Distortion, distortionOf } from '../../image/distortion.ts';
import { countVisible } from '../../image/hidden-colour.ts';
import type { LayerProgress } from '../layer-progress.ts';
import { type HeaderStart, type MeasuredLayer, StreamDraft } from './stream-draft.ts';

/** Input of an encoder run. */
export interface EncoderTask {
  /** With `alpha` if hidden colours do not count. */
  readonly image: SourcePicture;
  /** Alpha and metadata as chunks. */
  readonly chunks: Chunks;
  readonly header: HeaderStart;
  /** True: the stream has an index. */
  readonly index: boolean;
  /** True: the picture of the last layer is measured, too. */
  readonly measuresLast: boolean;
  readonly transport: TransportName;
  readonly run: WalkRun;
  readonly progress: LayerProgress;
}

/** Options of a walk; by default it takes all nominal steps. */
export type WalkChanges = Pick<EncodeWalkOptions, 'plan' | 'onLayer' | 'freeEnd' | 'resume' | 'tail'> & {
  readonly steps?: Iterable<LadderStep>;
};

/**
 * Largest mean square of the first full-size state's error over that of its noise at which the pyramid is kept: photographs have at
 * most 1.02 (12 Kodak pictures), line art and hatchings from 1.04 to 1.2 (docs/design/gains.md, "Without a pyramid").
 */
const MOST_STATE_NOISE = 1.03;

/** Why a walk ends early: the picture has so much detail of full size that it is better coded without a pyramid. */
export class PyramidMisfit extends Error {}

/** The functions of the encoder that goals use. */
export class EncoderRun {
  readonly image: SourcePicture;
  readonly chunks: Chunks;
  readonly seed: number;
  readonly transport: TransportName;
  /** Number of the coarsest pyramid level. */
  readonly levels: number;
  readonly stepEighths: number;
  /** True: the picture of the last layer is measured, which takes a run of the network more. */
  readonly measuresLast: boolean;
  readonly #task: EncoderTask;
  readonly #pyramid: ImagePyramid;
  /** Number of samples that the distortion is a mean over. */
  readonly #samples: number;

  constructor(task: EncoderTask) {
    const { image, chunks, header, transport } = task;
    this.#task = task;
    this.image = image;
    this.chunks = chunks;
    this.seed = header.seed;
    this.transport = transport;
    this.levels = coarsestLevel(header);
    this.stepEighths = header.stepEighths;
    this.measuresLast = task.measuresLast;
    this.#samples = image.alpha ? countVisible(image.alpha) * image.channels : image.data.length;
    this.#pyramid = new ImagePyramid({ ...image, ...(header.flat && { flat: true }) });
  }

  /** An empty draft of the stream. */
  draft(): StreamDraft {
    return new StreamDraft(this.#task.header, this.#task.index);
  }

  /** Walks towards the image and yields its states; their planes are valid until the walk continues. */
  walk({
    steps = nominalLadder(this.levels, this.stepEighths),
    ...changes
  }: WalkChanges = {}): ReturnType<typeof encodeWalk> {
    const { plan } = changes;
    return encodeWalk({
      run: this.#task.run,
      image: this.#pyramid,
      seed: this.seed,
      steps,
      withGains: this.transport === 'trellis',
      ...changes,
      plan: (cost) => {
        const { layerModel, step, stateNoise } = cost;
        if (layerModel.isFresh && step.level === 0) this.#checkPyramid(stateNoise);
        return plan?.(cost);
      },
    });
  }

  /**
   * @param stateNoise - mean square of y - x over that of the noise, in the first state of full size
   * @throws PyramidMisfit if the state misses too much of the picture
   */
  #checkPyramid(stateNoise: number): void {
    if (this.transport === 'trellis' && stateNoise > MOST_STATE_NOISE) throw new PyramidMisfit();
  }

  /**
   * Converts a state to the input of a tail; valid until the walk continues.
   *
   * @throws PyramidMisfit as a walk that goes on
   */
  tailPosterior({ state, mean, posterior, index, step, level, sigma }: EncodeWalkState): TailPosterior {
    const { logVariance } = posterior;
    if (!logVariance) throw new Error('the walk gives variances where a tail may follow');
    if (step && step.level > level) this.#checkPyramid(this.#noiseOf(state) / sigma ** 2);
    return { state, mean, logVariance, index };
  }

  /** Mean square of y - x over the samples of a state of full size. */
  #noiseOf(state: Plane): number {
    let squares = 0;
    for (const rect of cutCanvas(state, TILE)) {
      const x = this.#pyramid.pixels(0, rect);
      const y = tilePixels(state, rect);
      for (let i = 0; i < x.length; i++) squares += (y[i] - x[i]) ** 2;
    }
    return squares / state.data.length;
  }

  /** Distortion of the picture that a decoder shows for a state, over the pixels that count. */
  distortion({ mean, level }: EncodeWalkState): Distortion {
    return distortionOf(squaredError(mean, level, this.image), this.#samples);
  }

  /**
   * The layer before a state; undefined for the first state. Its picture is measured when it is asked for, or else while other
   * threads work on the next layer.
   */
  layerOf(state: EncodeWalkState): MeasuredLayer | undefined {
    const { step, tiles } = state;
    if (!step) return undefined;
    let picture: Distortion | undefined;
    const measure = (): Distortion => {
      picture ??= this.distortion(state);
      return picture;
    };
    this.#task.run.whileBusy(measure);
    return {
      step,
      tiles,
      get picture() {
        return measure();
      },
    };
  }

  /**
   * Gives the event loop a turn, within long work that is no job of the executor.
   *
   * @throws the signal's reason if the run was aborted
   */
  giveTurn(): Promise<void> {
    return this.#task.run.giveTurn();
  }

  /** Reports progress; goals tell it how far they are. */
  get progress(): Pick<LayerProgress, 'aim' | 'pass' | 'passRetake'> {
    return this.#task.progress;
  }
}
