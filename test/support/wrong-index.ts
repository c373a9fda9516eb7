import { CHUNK } from '../../src/codec/format/chunks.ts';
import { readIndex, writeIndex } from '../../src/codec/format/stream-index.ts';
import { inspect } from '../../src/entry/index.ts';
import { putTogether, takeApart } from '../fuzz/raw-stream.ts';

/** The same file with an index that is right about its header, and says of every layer that it takes one byte. */
export function withWrongIndex(bytes: Uint8Array, startBytes: number = inspect(bytes).headerBytes): Uint8Array {
  const raw = takeApart(bytes);
  for (const chunk of raw.chunks) {
    const index = chunk.type === CHUNK.index && readIndex(chunk.data, inspect(bytes).layersTotal, false);
    const layers = index ? index.layers.map((layer) => ({ ...layer, bytes: 1 })) : [];
    if (index) chunk.data = writeIndex({ ...index, startBytes, layers });
  }
  const wrong = putTogether(raw);
  const { headerBytes } = inspect(wrong);
  return headerBytes === startBytes ? wrong : withWrongIndex(bytes, headerBytes);
}
