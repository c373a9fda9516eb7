/** What decoding may take: memory and time, for bytes of strangers. */

import { checkNumber } from '../../base/check-options.ts';
import { DdpmError } from '../../base/errors.ts';
import type { Header } from '../../codec/format/header.ts';
import { canvasSize } from '../../codec/grid/geometry.ts';
import type { DecodeLimits } from './decode-options.ts';

/** Names of {@link DecodeLimits}, for the check of unknown keys. */
export const DECODE_LIMIT_KEYS: readonly string[] = ['limitMemory', 'timeout'];

/** The longest that timers can wait, 2^31 - 1 ms, in whole seconds. */
const MAX_SECONDS = 2_147_483;

/*
 * Resident memory above that of a process with the package loaded, measured in Node 20 on x86-64 (Linux). A stand-in for the network:
 * 164 MB for 2048x1536 pixels (52 bytes a pixel), 126 MB for 1024x1024 with a tail (120); with photo-v0 199 MB for 512x512. Per pixel of
 * the canvas: state, D and the coarser state (27 bytes), picture, alpha and both (8); the rest is garbage not collected yet. With a tail: lv, and the coder's planes.
 */
const BYTES_PER_PIXEL = 64;
const TAIL_BYTES_PER_PIXEL = 64;
/** The network on windows of NETWORK_PIXELS; below that its memory grows with the pixels from a fixed part on (photo-v0, wasm). */
const NETWORK_BASE_BYTES = 110e6;
const NETWORK_BYTES_PER_PIXEL = 400;
const NETWORK_PIXELS = 576 ** 2;

/**
 * Memory that decoding a picture takes in about, in bytes: codec and one network (photo-v0, backend `wasm`), without the stream itself and
 * without Node. Every further worker thread takes another network.
 */
export function decodeMemory(header: Pick<Header, 'width' | 'height' | 'tail'>): number {
  const canvas = canvasSize(header, 0);
  const pixels = canvas.width * canvas.height;
  const planes = pixels * (BYTES_PER_PIXEL + (header.tail ? TAIL_BYTES_PER_PIXEL : 0));
  return planes + NETWORK_BASE_BYTES + Math.min(pixels, NETWORK_PIXELS) * NETWORK_BYTES_PER_PIXEL;
}

/**
 * Checks the options themselves.
 *
 * @throws TypeError or RangeError
 */
export function checkDecodeLimits({ limitMemory, timeout }: DecodeLimits): void {
  checkNumber('limitMemory', limitMemory, { min: 1, max: Number.MAX_SAFE_INTEGER });
  checkNumber('timeout', timeout, { min: 0.001, max: MAX_SECONDS });
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}

/**
 * Refuses a picture that would take too much memory, before any is taken for it.
 *
 * @param streamBytes - length of the stream so far, which counts as well
 * @throws DdpmError `ERR_DDPM_LIMIT`
 */
export function checkMemory(
  header: Pick<Header, 'width' | 'height' | 'tail'>,
  streamBytes: number,
  { limitMemory = Number.POSITIVE_INFINITY }: DecodeLimits,
): void {
  const needed = decodeMemory(header) + streamBytes;
  if (needed <= limitMemory) return;
  const { width, height } = header;
  const what = `decoding ${width} x ${height} pixels takes about ${megabytes(needed)}`;
  throw new DdpmError(
    'ERR_DDPM_LIMIT',
    `${what}, more than limitMemory ${megabytes(limitMemory)}; raise the limit to accept it`,
  );
}

/**
 * A signal that aborts when the caller's does, or when the time is up; then its reason is a DdpmError `ERR_DDPM_LIMIT`.
 *
 * @returns undefined if there is neither a signal nor a timeout
 */
export function limitedSignal(signal: AbortSignal | undefined, timeout: number | undefined): AbortSignal | undefined {
  if (timeout === undefined) return signal;
  const late = new AbortController();
  const reason = new DdpmError('ERR_DDPM_LIMIT', `decoding took longer than timeout ${timeout} s; raise it to wait`);
  AbortSignal.timeout(timeout * 1000).addEventListener('abort', () => late.abort(reason), { once: true });
  return signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]);
}
