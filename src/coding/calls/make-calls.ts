/** Calls to a thread as functions: one result, or frames made of bytes that arrive. */

import { anySignal } from '../../base/any-signal.ts';
import { type ByteSource, untilAborted } from '../decoder/arriving-bytes.ts';
import { stoppable } from '../decoder/stoppable-frames.ts';
import type { Timing } from '../stream-info.ts';
import type { CallTypes } from './call-messages.ts';
import { sentBytes } from './sent-input.ts';
import type { CallTask, Sent, ThreadCall } from './thread-call.ts';

/** A thread that takes calls. */
export interface CallableThread {
  call<C extends CallTypes>(task: CallTask<C>): ThreadCall<C>;
}

/** A result with its times. */
interface Timed {
  readonly info: { readonly timing: Timing };
}

/** Makes a call with one result at most; null if there is none. */
export async function callOnce<C extends CallTypes>(
  thread: CallableThread,
  task: CallTask<C>,
): Promise<C['result'] | null> {
  task.options.signal?.throwIfAborted();
  const call = thread.call(task);
  try {
    return await call.next();
  } finally {
    call.close();
  }
}

/** Makes a call with one result, whose total time is that of the caller. */
export async function timedCall<C extends { readonly input: unknown; readonly result: Timed }>(
  thread: CallableThread,
  task: CallTask<C>,
): Promise<C['result']> {
  const start = performance.now();
  const result: C['result'] | null = await callOnce(thread, task);
  if (!result) throw new Error('the thread gave no result');
  const timing = { ...result.info.timing, totalMs: performance.now() - start };
  return { ...result, info: { ...result.info, timing } };
}

/** A call whose input is bytes that arrive. */
interface ArrivingTask extends Pick<CallTask<CallTypes>, 'kind' | 'options'> {
  /** Checks the options when the first result is asked for. Its errors are those of the call. */
  readonly check?: () => void;
}

/**
 * Makes a call that yields results while the bytes of a stream arrive. Its method `return` ends it also while a result is
 * being made or bytes are awaited.
 */
export function arrivingCall<C extends { readonly input: Uint8Array; readonly result: object }>(
  thread: CallableThread,
  source: ByteSource,
  task: ArrivingTask,
): AsyncGenerator<C['result'], void, void> {
  return stoppable((stopped) => resultsOf<C>(thread, source, task, stopped));
}

/** @param stopped - aborts when the consumer wants no more */
async function* resultsOf<C extends { readonly input: Uint8Array; readonly result: object }>(
  thread: CallableThread,
  source: ByteSource,
  { kind, options, check }: ArrivingTask,
  stopped: AbortSignal,
): AsyncGenerator<C['result'], void, void> {
  check?.();
  const ended = new AbortController();
  const signal = anySignal(stopped, options.signal);
  const chunks = untilAborted(source, anySignal(signal, ended.signal));
  // Read at once, as a reader that has not begun would not end its source.
  let chunk: Promise<IteratorResult<Uint8Array, void>> | undefined = chunks.next();
  chunk.catch(() => {}); // thrown where it is asked for
  const input = async (): Promise<Sent<Uint8Array> | null> => {
    const { value } = await (chunk ?? chunks.next());
    chunk = undefined;
    return value ? sentBytes(value) : null;
  };
  try {
    const call = thread.call<C>({ kind, options: { ...options, signal }, input });
    try {
      for (let result = await call.next(); result; result = await call.next()) yield result;
    } finally {
      call.close();
    }
  } finally {
    // Also where the thread still waits for bytes, as after a timeout.
    ended.abort(new Error('no more bytes are wanted'));
    await chunks.return().catch(() => {});
  }
}
