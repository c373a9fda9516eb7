import { describe, expect, test } from 'vitest';
import { decode, encode } from '../../../../src/entry/index.ts';
import { distortion } from '../../../../src/image/distortion.ts';
import { kodakCrop } from '../../../support/pictures.ts';

/** Tests that streams decode to the pictures that the encoder reported, wherever the goal ends them. */
describe('a goal that ends a stream anywhere', () => {
  const goals = [
    ...Array.from({ length: 24 }, (_, i) => ({ psnr: 16 + i * 0.75 })),
    ...Array.from({ length: 24 }, (_, i) => ({ bytes: 20 + i * i })),
    ...Array.from({ length: 12 }, (_, i) => ({ quality: i * 8 })),
  ];

  test.each([1, 2] as const)('ladder step %f', async (ladderStep) => {
    const image = await kodakCrop(24, 16);
    for (const goal of goals) {
      const name = JSON.stringify(goal);
      const encoded = await encode(image, { ...goal, ladderStep, beamWidth: 16, reportPsnr: true }).catch(
        (error: { code: string }) => {
          expect(error.code, name).toBe('ERR_DDPM_TARGET');
        },
      );
      if (!encoded) continue;
      const { data, info } = await decode(encoded.data);
      expect(
        info.layers.map(({ sigma }) => sigma),
        name,
      ).toEqual(encoded.info.layers.map(({ sigma }) => sigma));
      expect(distortion(data, image.data).psnr, name).toBe(encoded.info.psnr);
    }
  });
});
