/**
 * Messages of a call from one thread to another, which does the work: the same in Node and in a browser. Each call has a
 * port of its own: the caller asks for a result, and gets it after progress reports and questions for input.
 */
import type { Progress } from '../run-options.ts';
import type { CallFailure } from './call-failure.ts';

/** Types of a kind of call: its input, which may be asked for several times, and its results. */
export interface CallTypes {
  readonly input: unknown;
  readonly result: object;
}

/** A port, of Node or of a browser. */
export interface CallPort {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  postMessage(message: unknown, transferred: ArrayBuffer[]): void;
  close(): void;
}

/** Begins a call. */
export interface CallStart<Port = CallPort> {
  /** Name of the kind of call. */
  readonly kind: string;
  /** The options, without listeners. */
  readonly options: object;
  /** Whether progress is to be reported. */
  readonly reports: boolean;
  readonly port: Port;
}

/** Message of the caller. */
export type CallerMessage<C extends CallTypes = CallTypes> =
  | { readonly next: true }
  /** An answer to `pull`; null: there is no more. */
  | { readonly input: C['input'] | null }
  /** Ends the call. */
  | { readonly end: true };

/** Message of the thread that works. */
export type HostMessage<C extends CallTypes = CallTypes> =
  | { readonly progress: Progress }
  /** Asks for input. */
  | { readonly pull: true }
  /** An answer to `next`; null: there are no more. */
  | { readonly result: C['result'] | null }
  /** An answer to `next`. */
  | { readonly failure: CallFailure };
