/** Runs the walks that make images, for `sample`, `sampleEach` and `interpolate`. */
import { pictureOfBatch } from '../analysis/image-planes.ts';
import type { SampleState, WalkOptions } from '../analysis/sample-images.ts';
import { SAMPLERS } from '../analysis/samplers/sampler.ts';
import { checkChoice, checkNumber } from '../base/check-options.ts';
import { inOrder } from '../base/in-order.ts';
import type { RawImage } from '../image/raw-image.ts';
import { checkReverseRun, drain, type ModelRunOptions, REVERSE_RUN_KEYS } from './analyze.ts';

/** Progress of `sample`, `sampleEach` and `interpolate`. */
export interface SampleProgress {
  /** Steps done of `steps`, on average over all images. */
  readonly step: number;
  readonly steps: number;
  /** Share of the work that is done, 0..1. */
  readonly fraction: number;
}

/** The walk of a batch of images. */
export type Walk = AsyncGenerator<SampleState, void, void>;

/** Of an image, in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Names of the options that all that make images share. */
export const WALK_KEYS: readonly string[] = [...REVERSE_RUN_KEYS, 'sampler', 'eta'];
/** Most pixels of a batch, unless it is a single image. */
const BATCH_PIXELS = 65536;

/** Checks the options of sampling. Those that depend on the model are checked once it is loaded. */
export function checkSampling(
  options: WalkOptions & ModelRunOptions<never> & { count?: unknown },
  minCount: number,
): void {
  checkReverseRun(options);
  checkNumber('count', options.count, { min: minCount, max: 10_000, integer: true });
  checkChoice('sampler', options.sampler, SAMPLERS);
  checkNumber('eta', options.eta, { min: 0, max: 1 });
}

/**
 * Runs the walks of images, in batches, several at a time, and records their pictures. Yields the batches in order.
 *
 * @param numbers - of the images
 * @param walkOf - makes the walk of a batch
 */
export function runWalks(
  numbers: readonly number[],
  walkOf: (batch: readonly number[]) => Walk,
  run: {
    readonly size: Size;
    readonly steps: number;
    readonly frames: number;
    readonly concurrency: number;
    readonly batchImages: number;
    readonly signal: AbortSignal | undefined;
    readonly onProgress: ((progress: SampleProgress) => void) | undefined;
  },
): AsyncGenerator<FrameRecorder, void, void> {
  const { size, steps, frames, concurrency, signal, onProgress } = run;
  let stepsDone = 0;
  return inOrder(batchesOf(numbers, run), concurrency, async (batch) => {
    const recorder = new FrameRecorder(batch, size, framesAt(frames, steps));
    await drain(walkOf(batch), {
      signal,
      onStep: (state) => {
        recorder.record(state);
        if (state.t === 0) return;
        stepsDone += batch.length;
        const fraction = stepsDone / (numbers.length * steps);
        onProgress?.({ step: Math.floor(fraction * steps), steps, fraction });
      },
    });
    return recorder;
  });
}

/** Cuts a list of images into batches, of which there are enough for all threads. */
function batchesOf(
  numbers: readonly number[],
  run: { readonly size: Size; readonly concurrency: number; readonly batchImages: number },
): number[][] {
  const { size, concurrency, batchImages } = run;
  const share = Math.ceil(numbers.length / concurrency);
  const length = Math.max(1, Math.min(Math.floor(BATCH_PIXELS / (size.width * size.height)), batchImages, share));
  return Array.from({ length: Math.ceil(numbers.length / length) }, (_, i) =>
    numbers.slice(i * length, (i + 1) * length),
  );
}

/** Numbers of the steps whose estimates are kept: `frames` of 1..steps, evenly spaced, the last included. */
function framesAt(frames: number, steps: number): number[] {
  return Array.from({ length: frames }, (_, i) =>
    frames === 1 ? steps : 1 + Math.round((i * (steps - 1)) / (frames - 1)),
  );
}

/** Records the pictures of a batch at chosen steps, and after the last one. */
export class FrameRecorder {
  /** Of the images of the batch. */
  readonly numbers: readonly number[];
  readonly frames: RawImage[][];
  /** The samples, once the walk is over. */
  last: RawImage[] = [];
  readonly #recordedSteps: readonly number[];
  readonly #size: Size;

  constructor(numbers: readonly number[], size: Size, at: readonly number[]) {
    this.numbers = numbers;
    this.#recordedSteps = at;
    this.#size = size;
    this.frames = numbers.map(() => []);
  }

  record({ t, step, mean }: SampleState): void {
    const pictures = (): RawImage[] => this.frames.map((_, image) => pictureOfBatch(mean, this.#size, image));
    if (t === 0) {
      this.last = pictures();
      return;
    }
    for (const at of this.#recordedSteps) {
      if (at === step) pictures().forEach((picture, image) => void this.frames[image].push(picture));
    }
  }
}
