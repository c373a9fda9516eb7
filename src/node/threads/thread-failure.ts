/** Errors of threads that are no more. */
import { DdpmError } from '../../base/errors.ts';

const THREAD_ENDED = 'a worker thread ended: ';

/**
 * What is thrown for the work of a thread that ended.
 *
 * @param cause - why it ended
 */
export function threadEnded(cause: unknown): DdpmError {
  const message = `${THREAD_ENDED}${(cause as Error).message}. Fewer threads take less memory`;
  return new DdpmError('ERR_DDPM_BACKEND', message, { cause });
}

/** Whether an error says that a thread ended, so that the same work may succeed on the next one. Such errors come through other threads. */
export function isThreadEnd(error: unknown): boolean {
  return error instanceof DdpmError && error.code === 'ERR_DDPM_BACKEND' && error.message.startsWith(THREAD_ENDED);
}

/** What is thrown for work that a closed codec no longer does. */
export function closedError(): TypeError {
  return new TypeError('this codec is closed');
}
