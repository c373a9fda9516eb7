import { describe, expect, test } from 'vitest';
import { parseStream } from '../../../src/codec/format/stream-parser.ts';
import { decode, type EncodeOptions, encode, type RawImage } from '../../../src/entry/index.ts';
import { kodakCrop } from '../../support/pictures.ts';

const SIDE = 72;

/** Stripes of single pixels: at half the size they are grey. */
const stripes: RawImage = {
  ...{ width: SIDE, height: SIDE, channels: 3 },
  data: Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, i) => (Math.floor(i / 3) % 2 ? 255 : 0)),
};

describe('detail that no coarser level shows', () => {
  test.each<EncodeOptions>([{}, { bytes: 900 }, { psnr: 30 }, { lossless: true }])(
    'is coded without a pyramid: %o',
    async (options) => {
      const fractions: number[] = [];
      const onProgress: EncodeOptions['onProgress'] = ({ fraction }) => void fractions.push(fraction);
      const { data, info } = await encode(stripes, { effort: 1, ...options, onProgress });
      expect(parseStream(data).header.flat).toBe(true);
      expect(new Set(info.layers.map(({ level }) => level))).toEqual(new Set([0]));
      expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
      expect(fractions.at(-1)).toBe(1);
      const decoded = await decode(data);
      expect(decoded.info.layers).toHaveLength(info.layers.length);
      if (options.lossless) expect(decoded.data).toEqual(stripes.data);
    },
  );

  test('a photograph has its pyramid', async () => {
    const { data } = await encode(await kodakCrop(SIDE, SIDE), { effort: 1 });
    expect(parseStream(data).header.flat).toBeUndefined();
  });

  test('the option dithered keeps its own way', async () => {
    const { data } = await encode(stripes, { transport: 'dithered' });
    expect(parseStream(data).header.flat).toBeUndefined();
  });
});
