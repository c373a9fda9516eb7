/** Errors between threads. One that is thrown across threads would lose its class and code, so they are sent as data. */
import { DdpmError, type DdpmErrorCode } from '../../base/errors.ts';

/** An error as data. */
export interface CallFailure {
  /** Name of its class. */
  readonly type: string;
  readonly message: string;
  readonly code: DdpmErrorCode | undefined;
}

/** Describes an error to another thread. */
export function failureOf(error: unknown): CallFailure {
  if (!(error instanceof Error)) return { type: 'Error', message: String(error), code: undefined };
  return { type: error.name, message: error.message, code: error instanceof DdpmError ? error.code : undefined };
}

/** The error that another thread described. */
export function errorOf({ type, message, code }: CallFailure): Error {
  if (code) return new DdpmError(code, message);
  if (type === 'TypeError') return new TypeError(message);
  if (type === 'RangeError') return new RangeError(message);
  return new Error(message);
}
