import { pictureOfBatch, planeOfImage } from '../analysis/image-planes.ts';
import { reverseProcess } from '../analysis/reverse-process.ts';
import { interpolateModel, type SampleState, sampleModel, type WalkOptions } from '../analysis/sample-images.ts';
import { checkBoolean, checkKeys, checkNumber } from '../base/check-options.ts';
import type { RawImage } from '../image/raw-image.ts';
import { checkRawImage } from '../image/raw-image.ts';
import type { Denoiser } from '../model/denoiser.ts';
import { useUncalibratedModel } from '../node/models/model-cache.ts';
import { checkReverseRun, drain, type ModelRunOptions, REVERSE_RUN_KEYS } from './analyze.ts';

/** Progress of `sample` and `interpolate`. */
export interface SampleProgress {
  /** Network runs done in the current batch, of `steps`. */
  readonly step: number;
  readonly steps: number;
  /** Share of the work done, over all batches: 0..1. */
  readonly fraction: number;
}

/** Options of `sample`. */
export interface SampleOptions extends WalkOptions, ModelRunOptions<SampleProgress> {
  /** Number of images, 1..10000; default 16. */
  readonly count?: number;
  /** Sides in pixels, multiples of the model's `sizeMultiple`; default: 32, rounded up to such a multiple. */
  readonly width?: number;
  readonly height?: number;
  /**
   * Number of intermediate estimates of x_0 to return for each image, evenly spaced over the steps: 0..1000; default 0.
   */
  readonly frames?: number;
}

/** Result of `sample`: the images, their intermediate estimates, and a description of the run. */
export interface Sampled {
  readonly images: RawImage[];
  /** For each image the estimates of x_0 over time, `frames` of them; the last is the image itself. */
  readonly frames: RawImage[][];
  readonly info: SampleInfo;
}

/** Describes a run of `sample` or `interpolate`: model, number and size of the images, and steps. */
export interface SampleInfo {
  /** Id of the model. */
  readonly model: string;
  readonly count: number;
  readonly width: number;
  readonly height: number;
  /** Number of reverse steps taken. */
  readonly steps: number;
  readonly seed: number;
}

const WALK_KEYS = [...REVERSE_RUN_KEYS, 'deterministic', 'count'];
/** Most pixels of a batch, unless it is a single image. */
const BATCH_PIXELS = 65536;
/** Default side of the images, before it is rounded up: that of CIFAR-10. */
const DEFAULT_SIDE = 32;

/**
 * Samples images from a model by the reverse process: ancestral (Ho, Jain & Abbeel 2020, algorithm 2) or deterministic
 * (Song et al. 2021, eta = 0). Equal seeds give equal images on the wasm backend; image i does not depend on `count`.
 *
 * With the default model on wasm a step takes 6 ms for an image of 32x32.
 *
 * @throws RangeError or TypeError for a wrong option; DdpmError `ERR_DDPM_MODEL_MISSING`, `ERR_DDPM_MODEL_CORRUPT`,
 *   `ERR_DDPM_BACKEND`; `signal.reason` if aborted
 */
export async function sample(options: SampleOptions = {}): Promise<Sampled> {
  checkKeys(options, [...WALK_KEYS, 'width', 'height', 'frames']);
  checkWalk(options, 1);
  const frames = checkNumber('frames', options.frames, { min: 0, max: 1000, integer: true }) ?? 0;
  const { model: path, backend, signal, onProgress, count = 16, frames: _, width, height, ...settings } = options;
  const model = await useUncalibratedModel(path, backend);
  const size = { width: sideFor('width', width, model), height: sideFor('height', height, model) };
  const { T: steps } = reverseProcess(model, settings).schedule;
  const batchSize = Math.max(1, Math.floor(BATCH_PIXELS / (size.width * size.height)));
  const images: RawImage[] = [];
  const allFrames: RawImage[][] = [];
  for (let first = 0; first < count; first += batchSize) {
    const recorder = new FrameRecorder(framesAt(frames, steps), size, Math.min(batchSize, count - first));
    const walk = sampleModel(model, { ...settings, ...size, count: recorder.count, first });
    await drain(walk, {
      signal,
      onStep: (state) => {
        recorder.record(state);
        const fraction = (first + (recorder.count * state.step) / steps) / count;
        onProgress?.({ step: state.step, steps, fraction });
      },
    });
    images.push(...recorder.last);
    allFrames.push(...recorder.frames);
  }
  return { images, frames: allFrames, info: { model: model.id, count, ...size, steps, seed: options.seed ?? 0 } };
}

/** Options of `interpolate`. */
export interface InterpolateOptions extends WalkOptions, ModelRunOptions<SampleProgress> {
  /**
   * Step to which the images are diffused, 1..T of the process (with `steps`, of the shortened one); default half of T.
   */
  readonly atStep?: number;
  /** Number of images from one source to the other, both included, 2..10000; default 8. */
  readonly count?: number;
  /**
   * Whether both images get the same noise; default false, as in the paper. With different noise the mixture in the
   * middle has half the noise variance that its step should have, and a deterministic walk leaves it blurred. With the
   * same noise all mixtures have the right variance.
   */
  readonly sharedNoise?: boolean;
}

/**
 * Interpolates between two images in x_t (Ho, Jain & Abbeel 2020, section 4.4): from the reconstruction of the first to
 * that of the second. The higher `atStep`, the less the results keep of the images.
 *
 * @param a - cropped to its centre where the model does not take its size; grey becomes RGB, alpha is ignored
 * @param b - of the same size
 * @throws RangeError or TypeError for a wrong option or image; DdpmError `ERR_DDPM_INPUT` if an image is smaller than
 *   the model takes; otherwise as {@link sample}
 */
export async function interpolate(
  a: RawImage,
  b: RawImage,
  options: InterpolateOptions = {},
): Promise<Omit<Sampled, 'frames'> & { readonly sources: [RawImage, RawImage] }> {
  checkKeys(options, [...WALK_KEYS, 'atStep', 'sharedNoise']);
  checkWalk(options, 2);
  checkBoolean('sharedNoise', options.sharedNoise);
  checkNumber('atStep', options.atStep, { min: 1, max: 100_000, integer: true });
  checkRawImage(a);
  checkRawImage(b);
  const { model: path, backend, signal, onProgress, count = 8, atStep, ...settings } = options;
  const model = await useUncalibratedModel(path, backend);
  const { T } = reverseProcess(model, settings).schedule;
  const from = atStep ?? Math.ceil(T / 2);
  const multiple = model.denoiser.sizeMultiple;
  const planes = [planeOfImage(a, 'first image', multiple), planeOfImage(b, 'second image', multiple)] as const;
  const { width, height } = planes[0];
  const recorder = new FrameRecorder([], { width, height }, count);
  await drain(interpolateModel(model, [planes[0], planes[1]], { ...settings, count, atStep: from }), {
    signal,
    onStep: (state) => {
      recorder.record(state);
      onProgress?.({ step: state.step, steps: state.steps, fraction: state.step / state.steps });
    },
  });
  const sources: [RawImage, RawImage] = [
    pictureOfBatch(planes[0].data, planes[0], 0),
    pictureOfBatch(planes[1].data, planes[1], 0),
  ];
  const info = { model: model.id, count, width, height, steps: from, seed: options.seed ?? 0 };
  return { images: recorder.last, sources, info };
}

function checkWalk(options: WalkOptions & ModelRunOptions<never> & { count?: unknown }, minCount: number): void {
  checkReverseRun(options);
  checkNumber('count', options.count, { min: minCount, max: 10_000, integer: true });
  const { deterministic } = options;
  checkBoolean('deterministic', deterministic);
  if (deterministic && options.variance !== undefined) {
    throw new TypeError('"variance" expected only without deterministic: a deterministic walk adds no noise');
  }
}

function sideFor(
  name: 'width' | 'height',
  side: number | undefined,
  { denoiser }: { readonly denoiser: Denoiser },
): number {
  const multiple = denoiser.sizeMultiple;
  if (side === undefined) return Math.ceil(DEFAULT_SIDE / multiple) * multiple;
  checkNumber(name, side, { min: 1, max: 4096, integer: true });
  if (side % multiple !== 0) throw new RangeError(`"${name}" expected a multiple of ${multiple}, got ${side}`);
  return side;
}

/** Numbers of the network runs whose estimates are kept: `frames` of 1..steps, evenly spaced, the last included. */
function framesAt(frames: number, steps: number): number[] {
  return Array.from({ length: frames }, (_, i) =>
    frames === 1 ? steps : 1 + Math.round((i * (steps - 1)) / (frames - 1)),
  );
}

/** Records the pictures of a batch at chosen network runs, and after the last step. */
class FrameRecorder {
  readonly count: number;
  readonly frames: RawImage[][];
  /** The samples, once the walk is over. */
  last: RawImage[] = [];
  readonly #recordedRuns: readonly number[];
  readonly #size: { readonly width: number; readonly height: number };

  constructor(at: readonly number[], size: { readonly width: number; readonly height: number }, count: number) {
    this.#recordedRuns = at;
    this.#size = size;
    this.count = count;
    this.frames = Array.from({ length: count }, () => []);
  }

  record({ t, step, mean }: SampleState): void {
    const pictures = (): RawImage[] => this.frames.map((_, image) => pictureOfBatch(mean, this.#size, image));
    if (t === 0) {
      this.last = pictures();
      return;
    }
    for (const at of this.#recordedRuns) {
      if (at === step) pictures().forEach((picture, image) => void this.frames[image].push(picture));
    }
  }
}
