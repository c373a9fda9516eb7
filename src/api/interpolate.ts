import { pictureOfBatch, planeOfImage } from '../analysis/image-planes.ts';
import { interpolateModel, type WalkOptions } from '../analysis/sample-images.ts';
import { openSampler } from '../analysis/samplers/open-sampler.ts';
import { checkBoolean, checkKeys, checkNumber } from '../base/check-options.ts';
import { checkRawImage, type RawImage } from '../image/raw-image.ts';
import { openBatchModel } from '../node/threads/batch-model.ts';
import type { ModelRunOptions } from './analyze.ts';
import { checkSampling, runWalks, type SampleProgress, WALK_KEYS } from './image-walks.ts';
import type { Sampled } from './sample.ts';

const KEYS = [...WALK_KEYS, 'count', 'atStep', 'sharedNoise'];

/** Options of `interpolate`. */
export interface InterpolateOptions extends WalkOptions, ModelRunOptions<SampleProgress> {
  /**
   * Number of the noise level to which the images are diffused, 1 to the number of the sampler's steps; default half of
   * them.
   */
  readonly atStep?: number;
  /** Number of images from one source to the other, both included, 2..10000; default 8. */
  readonly count?: number;
  /**
   * Whether both images get the same noise; default true: then all mixtures have the variance that their step assumes.
   * False, as in the paper: those in the middle have half of it, and a sampler without noise leaves them blurred.
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
 *   the model takes; otherwise as `sample`
 */
export async function interpolate(
  a: RawImage,
  b: RawImage,
  options: InterpolateOptions = {},
): Promise<Omit<Sampled, 'frames'> & { readonly sources: [RawImage, RawImage] }> {
  checkKeys(options, KEYS);
  checkSampling(options, 2);
  checkBoolean('sharedNoise', options.sharedNoise);
  checkNumber('atStep', options.atStep, { min: 1, max: 100_000, integer: true });
  checkRawImage(a);
  checkRawImage(b);
  const {
    model: _,
    backend: _backend,
    threads: _threads,
    signal,
    onProgress,
    count = 8,
    atStep,
    ...settings
  } = options;
  signal?.throwIfAborted();
  const { model, close, ...batches } = await openBatchModel(options);
  try {
    const { sampler, settings: described } = openSampler(model, settings);
    const from = atStep ?? Math.ceil(described.steps / 2);
    const multiple = model.denoiser.sizeMultiple;
    const planes = [planeOfImage(a, 'first image', multiple), planeOfImage(b, 'second image', multiple)] as const;
    const { width, height } = planes[0];
    const recorders = runWalks(
      Array.from({ length: count }, (_, i) => i),
      (numbers) => interpolateModel(model, [planes[0], planes[1]], { ...settings, count, numbers, atStep: from }),
      { size: { width, height }, steps: from, frames: 0, ...batches, signal, onProgress },
    );
    const images: RawImage[] = [];
    for await (const { last } of recorders) images.push(...last);
    const sources: [RawImage, RawImage] = [
      pictureOfBatch(planes[0].data, planes[0], 0),
      pictureOfBatch(planes[1].data, planes[1], 0),
    ];
    const run = { count, width, height, steps: from, networkRuns: sampler.networkRuns(from), seed: options.seed ?? 0 };
    return { images, sources, info: { model: model.id, ...described, ...run } };
  } finally {
    await close();
  }
}
