import { describe, expect, test } from 'vitest';
import { parseStream } from '../../src/codec/format/stream-parser.ts';
import type { DecodeOptions } from '../../src/coding/decoder/decode-options.ts';
import { type Decoded, prepareDecode } from '../../src/coding/decoder/decoder.ts';
import { inspect } from '../../src/coding/inspect.ts';
import { truncate } from '../../src/coding/truncate.ts';
import { NODE } from '../../src/node/node-platform.ts';
import { makeCorpus, type Specimen, stubEngine } from '../fuzz/corpus.ts';

/**
 * Streams with every feature except the pyramid, whose pictures are 64x66. (test/coding/decoder/prefix.test.ts cuts
 * files of the real model.)
 */
const corpus: Specimen[] = (await makeCorpus()).filter(({ name }) => !/^(pyramid|flat)/.test(name));

async function decode(bytes: Uint8Array, options: DecodeOptions = {}): Promise<Decoded> {
  const { run } = await prepareDecode(bytes, options, NODE);
  return run(async () => stubEngine());
}

describe('every prefix is refused, or is the picture of its layers', () => {
  test('of all features', () => {
    const names = corpus.map(({ name }) => name);
    const features = ['lossy', 'free-end', 'grey', 'parameters', 'alpha', 'chunks', 'tail', 'grey-tail', 'dithered'];
    expect(names).toEqual(expect.arrayContaining([...features, 'dithered-tail', 'lossy-checksums']));
  });

  test.each(corpus)('$name', async ({ bytes }) => {
    const { startBytes, layers, tail } = parseStream(bytes);
    const pictures: Uint8Array[] = [];
    for (let count = 0; count <= layers.length; count++) pictures.push((await decode(bytes, { layers: count })).data);
    const exact = tail ? (await decode(bytes)).data : undefined;
    for (let length = 0; length <= bytes.length; length++) {
      const prefix = bytes.subarray(0, length);
      if (length < startBytes) {
        expect(() => inspect(prefix), `${length} bytes`).toThrow(expect.objectContaining({ code: 'ERR_DDPM_CORRUPT' }));
        await expect(decode(prefix), `${length} bytes`).rejects.toMatchObject({ code: 'ERR_DDPM_CORRUPT' });
        continue;
      }
      const fit = layers.filter(({ endBit }) => endBit <= length * 8).length;
      const { data, info } = await decode(prefix);
      expect(info, `${length} bytes`).toMatchObject({ damage: null, truncated: length < bytes.length });
      expect(info.layers.length, `${length} bytes`).toBe(fit);
      const expected = exact && length === bytes.length ? exact : pictures[fit];
      expect(Buffer.compare(data, expected), `${length} bytes`).toBe(0);
      const end = layers[fit - 1]?.endBit ?? startBytes * 8;
      const cut = length === bytes.length ? length : Math.ceil(end / 8);
      expect(truncate(prefix, length).length, `${length} bytes`).toBe(cut);
    }
  });
});
