/** Inputs of calls, as they are sent to another thread: copies, as the caller's arrays stay as they are. */
import { yieldToEventLoop } from '../../base/event-loop.ts';
import { checkRawImage, type RawImage } from '../../image/raw-image.ts';
import type { Sent } from './thread-call.ts';

/** Bytes that are copied before the event loop gets a turn; they take a few milliseconds. */
const COPIED_AT_ONCE = 2 ** 23;

/** Copies bytes to memory that can be moved to another thread. */
async function copyOf(bytes: Uint8Array | Uint8ClampedArray): Promise<Uint8Array<ArrayBuffer>> {
  const copy = new Uint8Array(bytes.length);
  for (let at = 0; at < bytes.length; at += COPIED_AT_ONCE) {
    if (at > 0) await yieldToEventLoop();
    copy.set(bytes.subarray(at, at + COPIED_AT_ONCE), at);
  }
  return copy;
}

/** Bytes for another thread. */
export async function sentBytes(bytes: Uint8Array): Promise<Sent<Uint8Array>> {
  const input = await copyOf(bytes);
  return { input, moved: [input.buffer] };
}

/**
 * Pixels for another thread.
 *
 * @throws TypeError or RangeError for pixels that do not fit their size
 */
export async function sentPixels(image: RawImage): Promise<Sent<RawImage>> {
  checkRawImage(image);
  const { width, height, channels, metadata } = image;
  const data = await copyOf(image.data);
  return { input: { data, width, height, channels, ...(metadata && { metadata }) }, moved: [data.buffer] };
}
