/** Bytes of a source that may keep its reader waiting for ever. */
import { formatValue } from '../../base/check-options.ts';

/** Chunks of bytes: a Node stream, a web stream, or any other async iterable. */
export type ByteSource = AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>;

/** Reads a web stream: not all browsers can iterate over one, and its own iterator does not end while it is waiting. */
function readerOf(stream: ReadableStream<Uint8Array>): AsyncIterator<Uint8Array, undefined> {
  const reader = stream.getReader();
  return {
    next: async () => {
      const { done, value } = await reader.read();
      return done ? { done, value: undefined } : { done, value };
    },
    return: async () => {
      await reader.cancel();
      return { done: true, value: undefined };
    },
  };
}

/** Reads a list of chunks, or another iterable that never waits. */
async function* listed(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  yield* chunks;
}

/** @throws TypeError if the source gives no chunks; bytes alone give numbers */
function iteratorOf(source: ByteSource | Iterable<Uint8Array>): AsyncIterator<Uint8Array> {
  if (typeof source === 'object' && source !== null && !(source instanceof Uint8Array)) {
    if ('getReader' in source) return readerOf(source);
    if (Symbol.asyncIterator in source) return source[Symbol.asyncIterator]();
    if (Symbol.iterator in source) return listed(source);
  }
  throw badSource(formatValue(source));
}

function badSource(what: string): TypeError {
  return new TypeError(`"source" expected an async iterable of Uint8Array, such as a stream of bytes, got ${what}`);
}

/**
 * Yields the chunks of a source until a signal aborts, which it does not miss while the source is waiting. The source is
 * ended in any case; a Node stream that is waiting is destroyed.
 *
 * @throws TypeError if the source gives no chunks, or others than of bytes; the signal's reason once it aborts
 */
export async function* untilAborted(source: ByteSource, signal: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
  const iterator = iteratorOf(source);
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort);
  });
  aborted.catch(() => {});
  let state: 'waiting' | 'stopped' | 'ended' = 'stopped';
  try {
    for (;;) {
      signal.throwIfAborted();
      state = 'waiting';
      const { done, value } = await Promise.race([iterator.next(), aborted]);
      state = done ? 'ended' : 'stopped';
      if (done) return;
      if (!(value instanceof Uint8Array)) throw badSource(`chunks of ${formatValue(value)}`);
      yield value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    if (state === 'stopped') await iterator.return?.();
    if (state === 'waiting') endWaiting(source, iterator);
  }
}

/** Ends a source that is waiting, if it can be ended then. A generator cannot, before its bytes come: nobody waits for it. */
function endWaiting(source: ByteSource, iterator: AsyncIterator<Uint8Array>): void {
  iterator.return?.().catch(() => {});
  (source as { destroy?: () => void }).destroy?.();
}
