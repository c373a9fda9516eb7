/** What all elements of a page share: the settings of their decoder, and the queue of their turns. */
import { checkKeys } from '../base/check-options.ts';
import { defined } from '../base/defined.ts';
import { decodeProgressive } from '../browser/browser-codec.ts';
import { DecodeQueue } from './decode-queue.ts';
import type { PictureDecoder } from './picture-load.ts';

/** Settings of the elements of a page. */
export interface ElementSettings {
  /** As the option `model` of `decode` (`ddpm-codec/browser`). Default: the default model, from the package's own file. */
  readonly model?: string | URL | Uint8Array;
}

let settings: ElementSettings = {};

/** The turns of all elements. */
export const PAGE_QUEUE: DecodeQueue = new DecodeQueue();

let bytes: Promise<Uint8Array> | undefined;
async function model(): Promise<Uint8Array> {
  bytes ??= fetch(settings.model as string).then(async (r) => new Uint8Array(await r.arrayBuffer()));
  return bytes;
}

/** The decoder of all elements. */
export const PAGE_DECODER: PictureDecoder = {
  async *frames(source, box) {
    yield* decodeProgressive(source, { model: await model(), ...box });
  },
  placeholder: () => Promise.reject(new Error('not yet')),
};

/**
 * Sets what the elements of the page decode with. Call it before the first picture begins to load.
 *
 * @throws TypeError for an unknown setting
 */
export function configure(changed: ElementSettings): void {
  checkKeys(changed, ['model', 'workerUrl', 'backend']);
  settings = { ...settings, ...defined(changed) };
}
