import { checkChoice, checkKeys, checkListeners, checkNumber, checkSeed } from '../../base/check-options.ts';
import { yieldToEventLoop } from '../../base/event-loop.ts';
import { CALIBRATION_LEVELS, calibrate, calibrationSigmas } from '../../codec/calibration/measure-calibration.ts';
import { planeOf } from '../../codec/grid/picture.ts';
import { BACKENDS } from '../../coding/run-options.ts';
import type { RawImage } from '../../image/raw-image.ts';
import { checkRawImage, splitAlpha } from '../../image/raw-image.ts';
import type { BackendName } from '../../model/backends/backend.ts';
import { modelId } from '../../model/weights/model-id.ts';
import { denoiserOnThreads } from '../threads/denoiser-pool.ts';
import { MAX_THREADS } from '../threads/thread-limit.ts';
import { readModelFile, resolveModel } from './model-folder.ts';

/** Options of `calibrateModel`. */
export interface CalibrateModelOptions {
  /** Noise levels of the table, geometric from 0.003 to 60: 2..256; default 24. */
  readonly levels?: number;
  /** Seed of the noise, 0..2^32-1; default 0. */
  readonly seed?: number;
  /** Default `wasm`. */
  readonly backend?: BackendName;
  /**
   * Number of worker threads that run the network, 1..1024; default 1: the calling thread. Each has a copy of the model.
   * On wasm the table does not depend on it; webgpu ignores it.
   */
  readonly threads?: number;
  /** Aborts the run between two batches; the promise rejects with `signal.reason`. */
  readonly signal?: AbortSignal;
  /** Called after each batch: `step` noise levels of `steps` are done, and `fraction` of the work. */
  readonly onProgress?: (progress: {
    readonly step: number;
    readonly steps: number;
    readonly fraction: number;
  }) => void;
}

/** A model file with a calibration, and what it was made from. */
export interface CalibratedModel {
  /** The model file. */
  readonly data: Uint8Array;
  readonly info: {
    /** Id of the new file. */
    readonly id: string;
    readonly images: number;
    /** Number of 8x8 blocks that each value of the table is the mean of. */
    readonly blocks: number;
    /** Noise levels of the table. */
    readonly levels: number;
  };
}

const KEYS = ['levels', 'seed', 'backend', 'threads', 'signal', 'onProgress'];

/**
 * Measures the calibration of a model on images: the error of its estimates by noise level, colour and spatial
 * frequency. The codec needs it beside the weights (docs/models.md). The network runs once on every image for each
 * noise level.
 *
 * @param model - name, id or path of a model, or the bytes of a model file
 * @param images - typical images for the model, with at least a thousand 8x8 blocks, so that no value is off by more
 *   than a few percent
 * @returns a new model file, with a new id: the same model with the measured table, which replaces any that it had
 * @throws TypeError or RangeError for a wrong option or image; DdpmError `ERR_DDPM_MODEL_MISSING`,
 *   `ERR_DDPM_MODEL_CORRUPT`, `ERR_DDPM_BACKEND`; `signal.reason` if aborted
 */
export async function calibrateModel(
  model: string | Uint8Array,
  images: readonly RawImage[],
  options: CalibrateModelOptions = {},
): Promise<CalibratedModel> {
  checkOptions(options);
  if (!Array.isArray(images) || images.length === 0) throw new TypeError('"images" expected at least one image');
  for (const image of images) checkRawImage(image);
  const source = typeof model === 'string' ? await resolveModel(model) : 'model';
  const bytes = typeof model === 'string' ? await readModelFile(source) : model;
  const [{ loadUncalibratedModel }, { withCalibration }] = await Promise.all([
    import('../../model/weights/load-model.ts'),
    import('../../model/weights/model-writer.ts'),
  ]);
  const { backend = 'wasm', threads = 1, levels = CALIBRATION_LEVELS, seed = 0 } = options;
  const local = await loadUncalibratedModel(bytes, { backend, source });
  const { denoiser, concurrency, close } = denoiserOnThreads(local.denoiser, { weights: bytes, backend }, threads);
  try {
    const planes = images.map((image) => planeOf(splitAlpha(image).colour));
    const onBatch = listener(options, levels);
    const table = await calibrate(denoiser, planes, { sigmas: calibrationSigmas(levels), seed, concurrency, onBatch });
    const data = withCalibration(bytes, table, source);
    return { data, info: { id: await modelId(data), images: images.length, blocks: table.blocks, levels } };
  } finally {
    await close();
    denoiser.dispose();
  }
}

function checkOptions(options: CalibrateModelOptions): void {
  checkKeys(options, KEYS);
  checkNumber('levels', options.levels, { min: 2, max: 256, integer: true });
  checkSeed('seed', options.seed);
  checkChoice('backend', options.backend, BACKENDS);
  checkNumber('threads', options.threads, { min: 1, max: MAX_THREADS, integer: true });
  checkListeners(options);
}

/** A callback for each batch: reports progress, lets the event loop run, and throws if the signal aborted. */
function listener({ signal, onProgress }: CalibrateModelOptions, steps: number): (levelsDone: number) => Promise<void> {
  signal?.throwIfAborted();
  return async (levelsDone) => {
    onProgress?.({ step: Math.floor(levelsDone), steps, fraction: levelsDone / steps });
    await yieldToEventLoop();
    signal?.throwIfAborted();
  };
}
