/** What all elements of a page share: the settings of their decoder, and the queue of their turns. */
import { checkKeys } from '../base/check-options.ts';
import { defined } from '../base/defined.ts';
import { decodeProgressive, placeholderToImageData, preload } from '../browser/browser-codec.ts';
import type { ModelOptions } from '../browser/browser-options.ts';
import { DecodeQueue } from './decode-queue.ts';
import type { PictureDecoder } from './picture-load.ts';

/** Settings of the elements of a page, which are those of `decode` of `ddpm-codec/browser`. */
export type ElementSettings = Pick<ModelOptions, 'model' | 'workerUrl' | 'backend'>;

/** Most memory that a file of a stranger may take, in bytes by the decoder's estimate: 14 megapixels at their full size. */
const LIMIT_MEMORY = 2 ** 30;

let settings: ElementSettings = {};

/** The turns of all elements. */
export const PAGE_QUEUE: DecodeQueue = new DecodeQueue();

/** The decoder of all elements. */
export const PAGE_DECODER: PictureDecoder = {
  frames: (source, box) => decodeProgressive(source, { ...settings, ...box, limitMemory: LIMIT_MEMORY }),
  placeholder: (bytes) => placeholderToImageData(bytes, settings),
};

let isLoading = false;

/** Lets the model load while the first bytes are on their way. If that fails, the first frame tells. */
export function beginToLoad(): void {
  if (isLoading) return;
  isLoading = true;
  preload(settings).catch(() => {
    isLoading = false;
  });
}

/**
 * Sets what the elements of the page decode with. Counts for pictures that begin to load later.
 *
 * @throws TypeError for an unknown setting
 */
export function configure(changed: ElementSettings): void {
  checkKeys(changed, ['model', 'workerUrl', 'backend']);
  settings = { ...settings, ...defined(changed) };
}
