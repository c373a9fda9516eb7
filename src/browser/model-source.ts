/** Where a model comes from, in a form that can be posted to the thread that loads it. */
import { formatValue } from '../base/check-options.ts';
import { FORMAT_MODEL_SHA256 } from '../codec/format/default-model.ts';
import { absoluteUrl } from './absolute-url.ts';

/** A weights file: bytes, or a URL. */
export type ModelSource = ModelBytes | ModelAddress;

/** The bytes of a weights file. A Blob is posted without being copied. */
export interface ModelBytes {
  /** Equal for the same array of bytes. */
  readonly key: string;
  readonly blob: Blob;
}

/** The URL of a weights file. */
export interface ModelAddress {
  /** Absolute. */
  readonly url: string;
  /** SHA-256 that the file must have; undefined if any model is welcome. */
  readonly sha256?: string;
}

/**
 * URL of the default model's file in this package. Vite and webpack find it by this expression; with other bundlers the caller
 * names the URL of a copy.
 *
 * @throws TypeError in a bundle that does not know its own URL
 */
function defaultModelUrl(): string {
  try {
    return new URL('../../models/photo-v2.safetensors', import.meta.url).href;
  } catch (cause) {
    throw new TypeError('"model" expected URL of a weights file, as this bundle is no ES module', { cause });
  }
}

const blobs = new WeakMap<Uint8Array, ModelBytes>();
let count = 0;

function sourceOfBytes(bytes: Uint8Array): ModelBytes {
  const known = blobs.get(bytes);
  if (known) return known;
  const source = { key: `bytes ${count++}`, blob: new Blob([bytes as Uint8Array<ArrayBuffer>]) };
  blobs.set(bytes, source);
  return source;
}

/**
 * The source that the option `model` names.
 *
 * @param model - default: the default model
 * @throws TypeError if it names none
 */
export function modelSource(model: unknown): ModelSource {
  if (model === undefined) return { url: defaultModelUrl(), sha256: FORMAT_MODEL_SHA256 };
  if (model instanceof Uint8Array) return sourceOfBytes(model);
  const url = typeof model === 'string' || model instanceof URL ? absoluteUrl(model) : undefined;
  if (url !== undefined) return { url };
  const expected = '"model" expected URL or bytes of a weights file; a loaded model works with thread: \'inline\' only';
  throw new TypeError(`${expected}; got ${formatValue(model)}`);
}
