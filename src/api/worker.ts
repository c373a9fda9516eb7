/** Entry of the pool's worker threads. */
import type { MessagePort } from 'node:worker_threads';
import { DdpmError, type DdpmErrorCode } from '../errors.ts';
import { decode } from './decode.ts';
import { encode } from './encode.ts';
import type { RawImage, RunOptions } from './types.ts';

/** One picture to work on. */
export interface WorkerTask {
  readonly kind: 'encode' | 'decode';
  readonly input: RawImage | Uint8Array;
  /** Options of encode or decode that can be sent. */
  readonly options: RunOptions;
  /** Where progress goes. */
  readonly port: MessagePort | undefined;
}

/** Result or error; an error's code does not survive being thrown across threads. */
export type WorkerResult =
  | { readonly result: unknown }
  | { readonly error: { readonly type: string; readonly message: string; readonly code: DdpmErrorCode | undefined } };

/** Runs a task. */
export default async function work({ kind, input, options, port }: WorkerTask): Promise<WorkerResult> {
  const run = { ...options, ...(port && { onProgress: (progress: unknown) => port.postMessage(progress) }) };
  try {
    const result = kind === 'encode' ? await encode(input, run) : await decode(input as Uint8Array, run);
    return { result };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const code = error instanceof DdpmError ? error.code : undefined;
    return { error: { type: error.name, message: error.message, code } };
  }
}
