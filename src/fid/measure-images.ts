import { checkKeys, checkNumber } from '../base/check-options.ts';
import { DdpmError } from '../base/errors.ts';
import { yieldToEventLoop } from '../base/event-loop.ts';
import type { RawImage } from '../image/raw-image.ts';
import type { FeatureNetwork } from './feature-network.ts';
import type { FeatureSet, FeatureStatistics } from './feature-statistics.ts';
import { StreamingStatistics } from './streaming-statistics.ts';

/** Options of {@link measureImages}. */
export interface MeasureImagesOptions {
  /** Name of the set, for error messages; default `images`. */
  readonly source?: string;
  /** Pictures that go through the network at a time, 1..4096; default 16. It changes no more than how the network rounds. */
  readonly batch?: number;
  /** Whether to keep the features, count x dims x 4 bytes, as KID, precision and recall need; default false. */
  readonly keepFeatures?: boolean;
  readonly signal?: AbortSignal;
  /** Called after each batch with the number of images so far. */
  readonly onImages?: (count: number) => void;
}

/** Result of {@link measureImages}. */
export interface MeasuredImages {
  readonly statistics: FeatureStatistics;
  /** Null unless they were to be kept. */
  readonly features: FeatureSet | null;
}

const DEFAULT_BATCH = 16;

/**
 * Computes mean and covariance of the features of pictures that come one after the other. Memory does not depend on their
 * number, unless the features are kept.
 *
 * @throws DdpmError `ERR_DDPM_INPUT` if there are fewer than 2 pictures, or their number of features differs; TypeError or RangeError for a wrong option;
 *   otherwise as `FeatureNetwork.features`; `signal.reason` if aborted
 */
export async function measureImages(
  images: AsyncIterable<RawImage> | Iterable<RawImage>,
  network: FeatureNetwork,
  options: MeasureImagesOptions = {},
): Promise<MeasuredImages> {
  checkKeys(options, ['source', 'batch', 'keepFeatures', 'signal', 'onImages']);
  const { source = 'images', keepFeatures = false, signal, onImages } = options;
  const wanted = checkNumber('batch', options.batch, { min: 1, max: 4096, integer: true }) ?? DEFAULT_BATCH;
  const kept: FeatureSet[] = [];
  let sums: StreamingStatistics | undefined;
  let count = 0;
  for await (const batch of batches(
    images,
    Math.min(wanted, network.batch ?? wanted),
    network.extraction.size === null,
  )) {
    signal?.throwIfAborted();
    const features = await network.features(batch);
    sums ??= new StreamingStatistics(features.dims);
    if (features.dims !== sums.dims) {
      const why = `${features.dims} features where there were ${sums.dims}, as pictures differ in size`;
      throw new DdpmError('ERR_DDPM_INPUT', `${source}: ${why}. Have all resized to one (--size)`);
    }
    sums.add(features);
    if (keepFeatures) kept.push({ ...features, data: features.data.slice() });
    count += batch.length;
    onImages?.(count);
    await yieldToEventLoop();
  }
  if (!sums || count < 2) {
    const images = count === 1 ? 'only 1 image' : 'no images';
    throw new DdpmError('ERR_DDPM_INPUT', `${source}: ${images}; a covariance takes 2 or more. Give more images`);
  }
  return { statistics: sums.statistics(), features: keepFeatures ? joined(kept) : null };
}

/**
 * Groups pictures.
 *
 * @param ofOneSize - whether a group ends, too, where the next picture has another size
 */
async function* batches(
  images: AsyncIterable<RawImage> | Iterable<RawImage>,
  size: number,
  ofOneSize: boolean,
): AsyncGenerator<RawImage[], void, void> {
  let batch: RawImage[] = [];
  for await (const image of images) {
    const isOther = ofOneSize && batch.some(({ width, height }) => width !== image.width || height !== image.height);
    if (batch.length === size || isOther) {
      yield batch;
      batch = [];
    }
    batch.push(image);
  }
  if (batch.length > 0) yield batch;
}

function joined(parts: readonly FeatureSet[]): FeatureSet {
  const [{ dims }] = parts;
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const data = new Float32Array(count * dims);
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  return { count, dims, data };
}
