/** Sets of images whose features are compared, and files with the statistics of such sets. */

import { defined } from '../../base/defined.ts';
import { DdpmError } from '../../base/errors.ts';
import type { FeatureNetwork } from '../../fid/feature-network.ts';
import { measureImages } from '../../fid/measure-images.ts';
import { readStatistics, type SavedStatistics } from '../../fid/statistics-file.ts';
import type { RawImage } from '../../image/raw-image.ts';
import { locationParts, shownLocation } from '../../storage/location.ts';
import { type CliIo, readInput } from '../terminal/cli-io.ts';
import { createProgressView } from '../terminal/progress-view.ts';
import { type DataSetContext, type DataSetOptions, dataSetImages } from './data-set.ts';

/** A set of images, with its name for messages. */
export interface FeatureSource extends SavedStatistics {
  readonly source: string;
}

/** Warnings about single pictures that are printed; a data set may have as many as pictures. */
const MOST_WARNINGS = 10;

/** Whether a location is that of a file with statistics. */
export function isStatisticsFile(location: string): boolean {
  return locationParts(location).ext.toLowerCase() === '.npz';
}

/**
 * Reads a file with statistics.
 *
 * @param features - whether the features themselves are needed
 * @throws DdpmError `ERR_DDPM_INPUT` if it is none, or lacks features that are needed
 */
export async function readFeatureSource(path: string, features: boolean, io: CliIo): Promise<FeatureSource> {
  const source = shownLocation(path);
  const saved = readStatistics(await readInput(path, io), source, { features });
  if (features && !saved.features) {
    const why = 'it has no features, which --kid and --precision-recall need';
    throw new DdpmError('ERR_DDPM_INPUT', `${source}: ${why}. Make it with --save-features, or give the images`);
  }
  return { ...saved, source };
}

/** Options of {@link measureFeatures}. */
export interface MeasureFeaturesOptions extends DataSetOptions {
  readonly batch?: number;
  readonly keepFeatures: boolean;
  readonly quiet?: true;
}

/**
 * Makes the features of a data set, and shows how far it has come.
 *
 * @param input - its name on the command line
 * @param files - those of `dataSetFiles`
 * @throws as `measureImages` and `dataSetImages`
 */
export async function measureFeatures(
  { input, files }: { readonly input: string; readonly files: readonly string[] },
  network: FeatureNetwork,
  options: MeasureFeaturesOptions,
  context: DataSetContext,
): Promise<FeatureSource> {
  const source = shownLocation(input);
  const view = createProgressView(source, options.quiet === true, context.io);
  let warnings = 0;
  const warn = (text: string): void => {
    view.stop();
    if (warnings++ < MOST_WARNINGS) context.warn(text);
  };
  /** Images read so far, and their share of the data set. */
  let read = 0;
  let done = 0;
  async function* images(): AsyncGenerator<RawImage, void, void> {
    for await (const { image, fraction } of dataSetImages(files, options, { ...context, warn })) {
      read++;
      done = fraction;
      yield image;
    }
  }
  try {
    const measured = await measureImages(images(), network, {
      source,
      keepFeatures: options.keepFeatures,
      ...defined({ batch: options.batch }),
      onImages: (step) => view.update({ unit: 'image', step, steps: Math.round(read / done), fraction: done }),
    });
    return { ...measured, extraction: network.extraction, source };
  } finally {
    view.stop();
    if (warnings > MOST_WARNINGS) context.warn(`${source}: ${warnings - MOST_WARNINGS} more warnings of this kind`);
  }
}
