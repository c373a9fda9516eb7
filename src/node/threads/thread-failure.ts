/** Errors of threads that are no more. */
import { DdpmError } from '../../base/errors.ts';

/**
 * What is thrown for the work of a thread that ended.
 *
 * @param cause - why it ended
 */
export function threadEnded(cause: unknown): DdpmError {
  const message = `a worker thread ended: ${(cause as Error).message}. Fewer threads take less memory`;
  return new DdpmError('ERR_DDPM_BACKEND', message, { cause });
}

/** What is thrown for work that a closed codec no longer does. */
export function closedError(): TypeError {
  return new TypeError('this codec is closed');
}
