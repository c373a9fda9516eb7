/**
 * Messages between a codec's thread (codec-host.ts) and the thread that calls it (codec-thread.ts). Each call has a port of its
 * own: the caller asks for a result, and gets it after progress reports and questions for input. Closing the port ends the call.
 */
import type { MessagePort } from 'node:worker_threads';
import type { Decoded } from '../../coding/decoder/decoder.ts';
import type { Frame } from '../../coding/decoder/progressive-decoder.ts';
import type { Encoded } from '../../coding/encoder/encoder.ts';
import type { Progress } from '../../coding/run-options.ts';
import type { ImageContent } from '../open-image.ts';
import type { ThreadFailure } from './thread-failure.ts';

/** Kinds of calls, each with its input, which may be asked for several times, and its results. */
export interface CallKinds {
  encode: { input: ImageContent; result: Encoded };
  decode: { input: Uint8Array; result: Decoded };
  decodeProgressive: { input: Uint8Array; result: Frame };
}

/** Names of {@link CallKinds}. */
export type CallKind = keyof CallKinds;

/** Begins a call. */
export interface CallStart {
  readonly kind: CallKind;
  /** The options, without listeners. */
  readonly options: object;
  /** Whether progress is to be reported. */
  readonly reports: boolean;
  readonly port: MessagePort;
}

/** Message of the caller. */
export type CallerMessage =
  | { readonly next: true }
  /** An answer to `pull`; null: there is no more. */
  | { readonly input: CallKinds[CallKind]['input'] | null };

/** Message of the thread. */
export type HostMessage =
  | { readonly progress: Progress }
  /** Asks for input. */
  | { readonly pull: true }
  /** An answer to `next`; null: there are no more. */
  | { readonly result: CallKinds[CallKind]['result'] | null }
  /** An answer to `next`. */
  | { readonly failure: ThreadFailure };
