/** Platform of browsers: their Compression Streams, and our own PNG code for alpha planes. */

import type { Platform } from '../coding/platform.ts';
import { readGreyPng, writeGreyPng } from '../image/grey-png.ts';

/** Sends bytes through a compression stream; throws as soon as more than `limitBytes` come out. */
async function pipe(
  bytes: Uint8Array,
  stream: CompressionStream | DecompressionStream,
  limitBytes: number = Number.POSITIVE_INFINITY,
): Promise<Uint8Array> {
  const reader = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(stream).getReader();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Uint8Array(await new Blob(parts).arrayBuffer());
    length += value.length;
    if (length > limitBytes) {
      await reader.cancel();
      throw new Error(`more than ${limitBytes} bytes`);
    }
    parts.push(value as Uint8Array<ArrayBuffer>);
  }
}

const PNG_TOOLS = {
  deflate: (bytes: Uint8Array) => pipe(bytes, new CompressionStream('deflate')),
  inflate: (bytes: Uint8Array, limitBytes: number) => pipe(bytes, new DecompressionStream('deflate'), limitBytes),
};

/** Platform of browsers with Compression Streams, which all have since 2023. */
export const BROWSER: Platform = {
  writeGreyPng: (plane) => writeGreyPng(plane, PNG_TOOLS),
  readGreyPng: (bytes, limitPixels) => readGreyPng(bytes, limitPixels, PNG_TOOLS),
  deflateRaw: (bytes) => pipe(bytes, new CompressionStream('deflate-raw')),
  inflateRaw: (bytes, limitBytes) => pipe(bytes, new DecompressionStream('deflate-raw'), limitBytes),
};
