/** Limits of the memory and time that decoding may take, for untrusted streams. */

import { anySignal } from '../../base/any-signal.ts';
import { checkNumber } from '../../base/check-options.ts';
import { DdpmError } from '../../base/errors.ts';
import type { Header } from '../../codec/format/header.ts';
import { canvasSize, LARGEST_SEEN } from '../../codec/grid/geometry.ts';
import { decodingMemory } from '../picture-memory.ts';
import type { DecodeLimits } from './decode-options.ts';

/** Names of {@link DecodeLimits}, for the check of unknown keys. */
export const DECODE_LIMIT_KEYS: readonly string[] = ['limitMemory', 'timeout'];

/** Longest time of a timer, 2^31 - 1 ms, in whole seconds. */
const MAX_SECONDS = 2_147_483;

/** Memory of the network (photo-net, wasm), measured: a fixed part, and a part for each pixel of the largest window. */
const NETWORK_BASE_BYTES = 110e6;
const NETWORK_BYTES_PER_PIXEL = 400;
/** Pixels of the largest window, with its halo. */
const NETWORK_PIXELS = LARGEST_SEEN ** 2;

/**
 * Estimate of the memory that decoding a picture takes, in bytes: codec and one network (photo-net, backend `wasm`),
 * without the stream itself and without Node. Every further worker thread takes another network.
 *
 * @param level - finest pyramid level that is decoded
 */
export function decodeMemory(header: Pick<Header, 'width' | 'height' | 'tail'>, level = 0): number {
  const canvas = canvasSize(header, level);
  const pixels = canvas.width * canvas.height;
  const planes = decodingMemory({ ...header, hasTail: header.tail === true }, level);
  return planes + NETWORK_BASE_BYTES + Math.min(pixels, NETWORK_PIXELS) * NETWORK_BYTES_PER_PIXEL;
}

/**
 * Checks the options.
 *
 * @throws TypeError or RangeError for a wrong option
 */
export function checkDecodeLimits({ limitMemory, timeout }: DecodeLimits): void {
  checkNumber('limitMemory', limitMemory, { min: 1, max: Number.MAX_SAFE_INTEGER });
  checkNumber('timeout', timeout, { min: 0.001, max: MAX_SECONDS });
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}

/**
 * Checks that decoding a picture stays within `limitMemory`, before memory is allocated for it.
 *
 * @param streamBytes - length of the stream so far, which is added
 * @param level - finest pyramid level that is decoded
 * @throws DdpmError `ERR_DDPM_LIMIT` if it would not
 */
export function checkMemory(
  header: Pick<Header, 'width' | 'height' | 'tail'>,
  streamBytes: number,
  { limitMemory = Number.POSITIVE_INFINITY }: DecodeLimits,
  level = 0,
): void {
  const needed = decodeMemory(header, level) + streamBytes;
  if (needed <= limitMemory) return;
  const { width, height } = header;
  const how = level === 0 ? '' : ` at 1/${2 ** level} of their size`;
  const what = `decoding ${width} x ${height} pixels${how} takes about ${megabytes(needed)}`;
  throw new DdpmError(
    'ERR_DDPM_LIMIT',
    `${what}, more than limitMemory ${megabytes(limitMemory)}; raise the limit to accept it`,
  );
}

/**
 * A signal that aborts when the caller's signal does, or after the timeout, then with a DdpmError `ERR_DDPM_LIMIT` as
 * its reason.
 *
 * @param timeout - in seconds
 * @returns undefined if there is neither a signal nor a timeout
 */
export function limitedSignal(signal: AbortSignal | undefined, timeout: number | undefined): AbortSignal | undefined {
  if (timeout === undefined) return signal;
  const timeoutController = new AbortController();
  const reason = new DdpmError('ERR_DDPM_LIMIT', `decoding took longer than timeout ${timeout} s; raise it to wait`);
  AbortSignal.timeout(timeout * 1000).addEventListener('abort', () => timeoutController.abort(reason), { once: true });
  return anySignal(signal, timeoutController.signal);
}
