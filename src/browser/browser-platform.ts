/** Platform of browsers: their Compression Streams, and our own PNG code for alpha planes. */

import type { Platform } from '../coding/platform.ts';
import { openGreyPng, type PngTools, writeGreyPng } from '../image/grey-png.ts';

/** Sends bytes through a compression stream, and yields what comes out. */
async function* pipe(
  bytes: Uint8Array,
  stream: CompressionStream | DecompressionStream,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  const reader = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(stream).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value as Uint8Array<ArrayBuffer>;
    }
  } finally {
    await reader.cancel().catch(() => {}); // where it has failed, the error is that of read()
  }
}

/** Joins pieces; throws as soon as there are more than `limitBytes`. */
async function joined(
  pieces: AsyncIterable<Uint8Array<ArrayBuffer>>,
  limitBytes: number = Number.POSITIVE_INFINITY,
): Promise<Uint8Array> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const piece of pieces) {
    length += piece.length;
    if (length > limitBytes) throw new Error(`more than ${limitBytes} bytes`);
    parts.push(piece);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

const PNG_TOOLS: PngTools = {
  deflate: (bytes) => joined(pipe(bytes, new CompressionStream('deflate'))),
  inflate: (bytes) => pipe(bytes, new DecompressionStream('deflate')),
};

/** Platform of browsers with Compression Streams, which all have since 2023. */
export const BROWSER: Platform = {
  writeGreyPng: (plane) => writeGreyPng(plane, PNG_TOOLS),
  openGreyPng: (bytes, limitPixels) => openGreyPng(bytes, limitPixels, PNG_TOOLS),
  deflateRaw: (bytes) => joined(pipe(bytes, new CompressionStream('deflate-raw'))),
  inflateRaw: (bytes, limitBytes) => joined(pipe(bytes, new DecompressionStream('deflate-raw')), limitBytes),
};
