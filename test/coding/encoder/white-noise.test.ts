import { describe, expect, test } from 'vitest';
import { decode, encode } from '../../../src/entry/index.ts';
import { distortion } from '../../../src/image/distortion.ts';
import { noisePicture } from '../../support/pictures.ts';

/** Side information of a tile: the longest budget code, 12 zeros and 13 bits. */
const MOST_SIDE_BITS = 25;

describe('white noise, which the model does not expect', () => {
  test.each([
    [32, 32, 3],
    [1, 37, 3],
    [32, 32, 1],
    [1, 37, 1],
  ] as const)(
    '%i x %i x %i: bits are bounded, and the picture is the reported one',
    async (width, height, channels) => {
      const image = noisePicture(width, height, channels);
      const { data, info } = await encode(image, { beamWidth: 64, reportPsnr: true });
      const coefficients = 3 * 8 * Math.ceil(width / 8) * 8 * Math.ceil(height / 8);
      for (const { actualBits } of info.layers)
        expect(actualBits).toBeLessThanOrEqual(4 * coefficients + MOST_SIDE_BITS);
      const decoded = await decode(data);
      expect(decoded.info.layers).toHaveLength(info.layers.length);
      expect(distortion(decoded.data, image.data)).toMatchObject({ rmse: info.rmse, psnr: info.psnr });
      expect(Number.isFinite(decoded.info.idealBits)).toBe(true);
    },
  );
});
