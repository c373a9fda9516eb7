import { DdpmError } from '../base/errors.ts';
import { shownLocation } from './location.ts';

/** Largest input in bytes that is read: more than a picture of the largest size has. */
export const MAX_INPUT_BYTES: number = 2 ** 31;

/**
 * Checks the size of an input, as far as it is known.
 *
 * @throws DdpmError `ERR_DDPM_LIMIT` if it is too large
 */
export function assertReadable(location: string, bytes: number, maxBytes: number): void {
  if (bytes <= maxBytes) return;
  throw new DdpmError(
    'ERR_DDPM_LIMIT',
    `cannot read ${shownLocation(location)}: it has more than ${maxBytes} bytes. Give a smaller input`,
  );
}
