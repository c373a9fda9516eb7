/** Page of worker.test.ts: the codec's worker, and the default model's way into it. */

import { modelSource } from '../../src/browser/model-source.ts';
import { DdpmError, decode, decodeProgressive, encode, preload } from '../../src/entry/browser.ts';
import { testPicture } from '../portability/golden.ts';

const stream = async (): Promise<Uint8Array> => new Uint8Array(await (await fetch('/photo.ddpm')).arrayBuffer());

/** Code and message of the error of a call; `done` if it gave none. */
async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'done';
  } catch (error) {
    return error instanceof DdpmError ? `${error.code} ${error.message}` : String(error);
  }
}

/** Decodes with models at the same time; null: the default model. */
export async function decodeWith(...models: (string | null)[]): Promise<string[]> {
  const bytes = await stream();
  return Promise.all(models.map((model) => outcome(decode(bytes, model === null ? {} : { model }))));
}

/** Loads the model ahead of time, then decodes; returns whether that failed. */
export async function preloadThenDecode(): Promise<string> {
  await preload();
  return (await decodeWith(null))[0];
}

/** Length of the cached entries of all caches, by cache and path. */
export async function cached(): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const { byteLength } = (await (await cache.match(request))?.arrayBuffer()) ?? new ArrayBuffer(0);
      found[`${name}${new URL(request.url).pathname}`] = byteLength;
    }
  }
  return found;
}

/** Changes a byte of the cached model, and adds a cache of an older model. */
export async function damage(): Promise<void> {
  const [name] = await caches.keys();
  const cache = await caches.open(name);
  const source = modelSource(undefined);
  if (!('url' in source)) throw new Error('the default model has a URL');
  const bytes = new Uint8Array((await (await cache.match(source.url))?.arrayBuffer()) ?? []);
  bytes[bytes.length >> 1] ^= 1;
  await cache.put(source.url, new Response(bytes));
  await (await caches.open('ddpm-codec model 0123456789abcdef')).put('/old', new Response('old'));
}

/** What calls give whose worker throws while they are at work, and what the next call gives. */
export async function crash(): Promise<string[]> {
  const started: Worker[] = [];
  const Original = globalThis.Worker;
  globalThis.Worker = class extends Original {
    constructor(...args: ConstructorParameters<typeof Worker>) {
      super(...args);
      started.push(this);
    }
  };
  const bytes = await stream();
  const picture = testPicture(160, 120, 3);
  await decode(bytes);
  const calls = [outcome(encode(picture, { effort: 9 })), outcome(decodeAll(bytes))];
  // A message that is no call makes the program throw, as an error in it would.
  started[0]?.postMessage(null);
  const failed = await Promise.all(calls);
  const next = await outcome(decode(bytes));
  globalThis.Worker = Original;
  return [...failed, next, `${started.length} workers`];
}

async function decodeAll(bytes: Uint8Array): Promise<void> {
  for await (const _ of decodeProgressive(new Blob([bytes as Uint8Array<ArrayBuffer>]).stream()));
}

/** What stops calls: a signal that has aborted, one that aborts at work, and a frame after which no more are wanted. */
export async function stopped(): Promise<string[]> {
  const bytes = await stream();
  const picture = testPicture(300, 200, 3);
  const early = AbortSignal.abort(new Error('early'));
  const late = new AbortController();
  const atWork = encode(picture, {
    effort: 9,
    signal: late.signal,
    onProgress: ({ step }) => step === 1 && late.abort(new Error('late')),
  });
  const thrown = encode(picture, {
    effort: 9,
    onProgress: () => {
      throw new RangeError('by the listener');
    },
  });
  const found = [await outcome(decode(bytes, { signal: early })), await outcome(atWork), await outcome(thrown)];
  const frames: number[] = [];
  let ended = false;
  const source = new ReadableStream<Uint8Array>({
    start: (to) => to.enqueue(bytes),
    cancel() {
      ended = true;
    },
  });
  for await (const { info } of decodeProgressive(source)) {
    frames.push(info.layer);
    if (info.layer === 2) break;
  }
  return [...found, `frames ${frames}`, `source ended: ${ended}`];
}

/** Milliseconds until `return` settles while the frames of a large picture are at work. */
export async function returnAtWork(): Promise<number> {
  const { data } = await encode(testPicture(512, 384, 3), { effort: 1 });
  const frames = decodeProgressive(new Blob([data as Uint8Array<ArrayBuffer>]).stream());
  await frames.next();
  const next = frames.next();
  const start = performance.now();
  await Promise.all([frames.return(), next]);
  return performance.now() - start;
}

/** Decodes many times; returns the most milliseconds for which the page's thread was busy. */
export async function longestTask(file: string, times: number): Promise<number> {
  const bytes = new Uint8Array(await (await fetch(file)).arrayBuffer());
  await preload();
  const tasks: number[] = [];
  const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration)));
  observer.observe({ type: 'longtask' });
  const decodings = Array.from({ length: times }, () => decode(bytes));
  const sizes = (await Promise.all(decodings)).map(({ imageData }) => imageData.data.length);
  await new Promise((resolve) => setTimeout(resolve, 100));
  observer.disconnect();
  if (sizes.some((size) => size !== sizes[0])) throw new Error('the pictures differ');
  return Math.max(0, ...tasks);
}

/** Decodes a file many times, one after the other. */
export async function decodeMany(file: string, times: number): Promise<void> {
  const bytes = new Uint8Array(await (await fetch(file)).arrayBuffer());
  for (let i = 0; i < times; i++) await decode(bytes);
}
