import { describe, expect, test } from 'vitest';
import { CHUNK } from '../../src/codec/format/chunks.ts';
import { parseStream } from '../../src/codec/format/stream-parser.ts';
import type { DecodeOptions } from '../../src/coding/decoder/decode-options.ts';
import { type Decoded, prepareDecode } from '../../src/coding/decoder/decoder.ts';
import { inspect } from '../../src/coding/inspect.ts';
import { truncate } from '../../src/coding/truncate.ts';
import { NODE } from '../../src/node/node-platform.ts';
import { makeCorpus, type Specimen, stubEngine } from '../fuzz/corpus.ts';

/** Type, length and checksum of the chunk of a short index. */
const INDEX_FRAME_BYTES = 6;
/**
 * Streams with every feature except the pyramid, whose pictures are 64x66. (test/coding/decoder/prefix.test.ts cuts
 * files of the real model.)
 */
const corpus: Specimen[] = (await makeCorpus()).filter(({ name }) => !/^(pyramid|flat)/.test(name));

async function decode(bytes: Uint8Array, options: DecodeOptions = {}): Promise<Decoded> {
  const { run } = await prepareDecode(bytes, options, NODE);
  return run(async () => stubEngine());
}

/** Rows of a picture with `stride` bytes a row. */
function rowsOf(data: Uint8Array, from: number, to: number, stride: number): Uint8Array {
  return data.subarray(from * stride, to * stride);
}

describe('every prefix is refused, or is the picture of its layers, of a part of one, and of rows of the tail', () => {
  test('of all features', () => {
    const names = corpus.map(({ name }) => name);
    const features = ['lossy', 'free-end', 'grey', 'parameters', 'alpha', 'chunks', 'tail', 'grey-tail', 'dithered'];
    const mixed = ['index', 'index-tail', 'dithered-tail', 'lossy-checksums'];
    expect(names).toEqual(expect.arrayContaining([...features, ...mixed]));
  });

  test.each(corpus)('$name', async ({ bytes }) => {
    const { header, chunks, startBytes, layers, tail } = parseStream(bytes);
    const index = chunks.get(CHUNK.index);
    /** From here on `inspect` knows the index. */
    const told = index ? header.headerBytes + INDEX_FRAME_BYTES + index.length : startBytes;
    const pictures: Uint8Array[] = [];
    for (let count = 0; count <= layers.length; count++) pictures.push((await decode(bytes, { layers: count })).data);
    const exact = tail ? (await decode(bytes)).data : undefined;
    let parts = 0;
    let exactRows = 0;
    for (let length = 0; length <= bytes.length; length++) {
      const prefix = bytes.subarray(0, length);
      if (length < startBytes) {
        if (length >= told)
          expect(inspect(prefix)).toMatchObject({ headerBytes: startBytes, layers: [], truncated: true });
        else expect(() => inspect(prefix)).toThrow(expect.objectContaining({ code: 'ERR_DDPM_CORRUPT' }));
        await expect(decode(prefix), `${length} bytes`).rejects.toMatchObject({ code: 'ERR_DDPM_CORRUPT' });
        continue;
      }
      const fit = layers.filter(({ endBit }) => endBit <= length * 8).length;
      const { data, info } = await decode(prefix);
      expect(info, `${length} bytes`).toMatchObject({ damage: null, truncated: length < bytes.length });
      expect(info.layers.length, `${length} bytes`).toBe(fit);
      if (info.partialLayer) {
        expect(header.dithered, `${length} bytes`).not.toBe(true);
        expect(info.partialLayer.layer).toBe(fit + 1);
        expect((await decode(bytes, { bytes: length })).data, `${length} bytes`).toEqual(data);
        parts++;
      } else {
        const stride = data.length / info.height;
        const lossy = rowsOf(pictures[fit], info.exactRows, info.height, stride);
        const expected = [...(exact ? [rowsOf(exact, 0, info.exactRows, stride)] : []), lossy];
        expect(Buffer.compare(data, Buffer.concat(expected)), `${length} bytes`).toBe(0);
      }
      expect(info.exactRows, `${length} bytes`).toBeGreaterThanOrEqual(exactRows);
      exactRows = info.exactRows;
      expect(truncate(prefix, { bytes: length }), `${length} bytes`).toEqual(prefix);
    }
    expect(parts > 0).toBe(header.dithered !== true);
    expect(exactRows).toBe(exact ? header.height : 0);
  });
});
