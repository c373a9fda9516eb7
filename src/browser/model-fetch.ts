/**
 * Fetches weights files. The default model's file is checked, and kept in the browser's Cache API, so that it is there at the
 * next visit and without a network. Other files are left to the browser's HTTP cache.
 */
import { DdpmError } from '../base/errors.ts';
import { FORMAT_MODEL, FORMAT_MODEL_SHA256 } from '../codec/format/default-model.ts';
import { sha256 } from '../model/weights/model-id.ts';
import type { ModelAddress } from './model-source.ts';

const CACHES = 'ddpm-codec model ';
/** Name of the cache, which has this model's file only, by the URLs that it was fetched from. */
const CACHE: string = CACHES + FORMAT_MODEL.id;

/** The cache; undefined where there is none: in pages that are not secure, or may store nothing. */
async function openCache(): Promise<Cache | undefined> {
  try {
    for (const name of await caches.keys()) {
      if (name.startsWith(CACHES) && name !== CACHE) await caches.delete(name);
    }
    return await caches.open(CACHE);
  } catch {
    return undefined;
  }
}

/** The file from the cache; undefined if it is not there. A damaged entry is deleted. */
async function fromCache(cache: Cache | undefined, url: string): Promise<Uint8Array | undefined> {
  try {
    const response = await cache?.match(url);
    if (!response) return undefined;
    const bytes = new Uint8Array(await response.arrayBuffer());
    if ((await sha256(bytes)) === FORMAT_MODEL_SHA256) return bytes;
    await cache?.delete(url);
  } catch {
    // A cache that cannot be read has nothing.
  }
  return undefined;
}

/** Keeps the file for the next visit, if there is room. */
async function keep(cache: Cache | undefined, url: string, bytes: Uint8Array): Promise<void> {
  try {
    await cache?.put(url, new Response(bytes as Uint8Array<ArrayBuffer>));
  } catch {
    // It is fetched again at the next visit.
  }
}

/** @throws DdpmError `ERR_DDPM_MODEL_MISSING` */
async function download(url: string, cache: RequestCache): Promise<Uint8Array> {
  const remedy = `serve models/${FORMAT_MODEL.name}.safetensors of the package, and give its URL as the option "model"`;
  const fail = (why: string, options?: ErrorOptions): DdpmError =>
    new DdpmError('ERR_DDPM_MODEL_MISSING', `cannot load the model from ${url}: ${why}; ${remedy}`, options);
  let response: Response;
  try {
    response = await fetch(url, { cache });
  } catch (cause) {
    throw fail((cause as Error).message, { cause });
  }
  if (!response.ok) throw fail(`HTTP status ${response.status}`);
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    throw fail((cause as Error).message, { cause });
  }
}

/**
 * Fetches a weights file, or takes it from the cache.
 *
 * @throws DdpmError `ERR_DDPM_MODEL_MISSING` if the file cannot be fetched; `ERR_DDPM_MODEL_CORRUPT` if it is not the one that
 *   is expected
 */
export async function fetchModel({ url, sha256: expected }: ModelAddress): Promise<Uint8Array> {
  const cache = await openCache();
  const cached = await fromCache(cache, url);
  if (cached) return cached;
  let bytes = await download(url, 'default');
  let found = await sha256(bytes);
  if (expected !== undefined && found !== expected) {
    bytes = await download(url, 'reload');
    found = await sha256(bytes);
    if (found !== expected) {
      const what = `${bytes.length} bytes with SHA-256 ${found}, expected ${expected}`;
      const remedy = `serve the file models/${FORMAT_MODEL.name}.safetensors of this version, and give its URL as the option "model"`;
      throw new DdpmError('ERR_DDPM_MODEL_CORRUPT', `${url} is not the default model: ${what}; ${remedy}`);
    }
  }
  if (found === FORMAT_MODEL_SHA256) void keep(cache, url, bytes); // no picture waits for that
  return bytes;
}
