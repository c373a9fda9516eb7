import type { AnalysisReport } from '../analysis/analysis-report.ts';
import { type AnalysisProgress, type AnalyzeModelOptions, analyzeModel } from '../analysis/analyze-model.ts';
import { planeOfImage } from '../analysis/image-planes.ts';
import { REVERSE_VARIANCES } from '../analysis/reverse-process.ts';
import { checkBoolean, checkChoice, checkKeys, checkListeners, checkNumber, checkSeed } from '../base/check-options.ts';
import { yieldToEventLoop } from '../base/event-loop.ts';
import { BACKENDS } from '../coding/run-options.ts';
import type { RawImage } from '../image/raw-image.ts';
import { checkRawImage } from '../image/raw-image.ts';
import type { BackendName } from '../model/backends/backend.ts';
import { openBatchModel } from '../node/threads/batch-model.ts';
import { MAX_THREADS } from '../node/threads/thread-limit.ts';

/** An image with a name for messages. */
export interface AnalysisImage extends RawImage {
  /** Default: `image` and its number, from 1. */
  readonly name?: string;
}

/** Options of every run of a model: the model, where it runs, abort signal and progress callback. */
export interface ModelRunOptions<P> {
  /**
   * Name, id or weights file of a model; default: the one shipped with the package. Only the variance `calibrated`
   * needs a calibration.
   */
  readonly model?: string;
  /** Default `wasm`. */
  readonly backend?: BackendName;
  /**
   * Number of worker threads that run the network, 1..1024; default 1: the calling thread. Each has a copy of the model.
   * On wasm results do not depend on it; webgpu ignores it.
   */
  readonly threads?: number;
  /** Aborts the run; the promise rejects with `signal.reason`. */
  readonly signal?: AbortSignal;
  /** Called after each run of the network. */
  readonly onProgress?: (progress: P) => void;
}

/** Options of `analyze`. */
export interface AnalyzeOptions
  extends Omit<AnalyzeModelOptions, 'decoder' | 'concurrency'>,
    ModelRunOptions<AnalysisProgress> {}

/** Result of `analyze`. */
export interface AnalyzeResult extends AnalysisReport {
  /** Number of images that were cropped to their centre because the model takes only certain sizes. */
  readonly cropped: number;
}

const MODEL_KEYS = ['model', 'backend', 'threads', 'signal', 'onProgress'] as const;
const PROCESS_KEYS = ['steps', 'variance', 'clip', 'seed'] as const;

/** Names of the options shared by all runs of a reverse process. */
export const REVERSE_RUN_KEYS: readonly string[] = [...MODEL_KEYS, ...PROCESS_KEYS];

const KEYS = [...REVERSE_RUN_KEYS, 'stride', 'batch', 'imperceptibleRmse'];

/**
 * Checks the options shared by all runs of a reverse process. Whether the model's schedule has `steps` steps is checked
 * once the model is loaded.
 *
 * @throws TypeError or RangeError for a wrong option
 */
export function checkReverseRun(
  options: ModelRunOptions<never> & { [key in (typeof PROCESS_KEYS)[number]]?: unknown },
): void {
  const { model, clip, threads } = options;
  checkChoice('backend', options.backend, BACKENDS);
  checkChoice('variance', options.variance, REVERSE_VARIANCES);
  checkNumber('threads', threads, { min: 1, max: MAX_THREADS, integer: true });
  checkNumber('steps', options.steps, { min: 1, max: 100_000, integer: true });
  checkSeed('seed', options.seed);
  checkBoolean('clip', clip);
  if (model !== undefined && typeof model !== 'string') throw new TypeError('"model" expected path of a weights file');
  checkListeners(options);
}

/**
 * Runs a generator of the analysis to its end, with a turn of the event loop after each value.
 *
 * @param options - `signal` aborts the run; `onStep` is called with each value
 * @returns the generator's return value
 * @throws `signal.reason` if aborted
 */
export async function drain<T, R>(
  generator: AsyncGenerator<T, R, void>,
  options: { readonly signal?: AbortSignal | undefined; readonly onStep: (value: T) => void },
): Promise<R> {
  options.signal?.throwIfAborted();
  for (;;) {
    const { done, value } = await generator.next();
    if (done) return value;
    options.onStep(value);
    await yieldToEventLoop();
    options.signal?.throwIfAborted();
  }
}

/**
 * Measures likelihood and rate-distortion of a model on images, as in section 4.3 of Ho, Jain & Abbeel (2020): every
 * term of the variational bound, and the error of the picture at every step against the bits received until then. All
 * rates are ideal (relative entropies); no file is made.
 *
 * The network runs steps / stride times on every image: with the default model on wasm, T = 1000 takes 6 s for an image
 * of 32x32.
 *
 * @param images - at least one; cropped to the centre where the model does not take their size; grey becomes RGB, alpha
 *   is ignored
 * @throws DdpmError `ERR_DDPM_INPUT` if an image is smaller than the model takes; `ERR_DDPM_MODEL_MISSING`,
 *   `ERR_DDPM_MODEL_CORRUPT`, `ERR_DDPM_BACKEND`; TypeError or RangeError for a wrong option; `signal.reason` if
 *   aborted
 */
export async function analyze(images: readonly AnalysisImage[], options: AnalyzeOptions = {}): Promise<AnalyzeResult> {
  checkKeys(options, KEYS);
  checkReverseRun(options);
  checkNumber('stride', options.stride, { min: 1, max: 100_000, integer: true });
  checkNumber('batch', options.batch, { min: 1, max: 65536, integer: true });
  checkNumber('imperceptibleRmse', options.imperceptibleRmse, { min: 0, max: 255 });
  if (!Array.isArray(images) || images.length === 0) throw new TypeError('"images" expected at least one image');
  for (const image of images) checkRawImage(image);
  const { model: _, backend, threads, signal, onProgress, ...settings } = options;
  signal?.throwIfAborted();
  const { model, concurrency, close } = await openBatchModel(options);
  try {
    const multiple = model.denoiser.sizeMultiple;
    const planes = images.map((image, i) => planeOfImage(image, image.name ?? `image ${i + 1}`, multiple));
    const cropped = planes.filter(({ width, height }, i) => width !== images[i].width || height !== images[i].height);
    const onStep = (progress: AnalysisProgress): void => onProgress?.(progress);
    const report = await drain(analyzeModel(model, planes, { ...settings, concurrency }), { signal, onStep });
    return { ...report, cropped: cropped.length };
  } finally {
    await close();
  }
}
