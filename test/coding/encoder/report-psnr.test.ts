import { describe, expect, test } from 'vitest';
import { prepareEncode } from '../../../src/coding/encoder/encoder.ts';
import type { EncodeInfo } from '../../../src/coding/stream-info.ts';
import {
  bytesFor,
  decode,
  type EncodeOptions,
  encode,
  inspect,
  type RawImage,
  truncate,
} from '../../../src/entry/index.ts';
import { distortion } from '../../../src/image/distortion.ts';
import { NODE } from '../../../src/node/node-platform.ts';
import { stubEngine } from '../../fuzz/corpus.ts';
import { gradientPicture, kodakCrop } from '../../support/pictures.ts';

const FAST = { effort: 1, beamWidth: 8 } as const;

/** The pictures after the layers, as info tells of them. */
function pictures({ layers }: EncodeInfo): object[] {
  return layers.map(({ rmse, psnr }) => ({ rmse, psnr }));
}

/** Noise levels of the states that the network sees in a run of the encoder, in order. */
async function denoised(image: RawImage, options: EncodeOptions): Promise<number[]> {
  const engine = stubEngine();
  const sigmas: number[] = [];
  const { run } = await prepareEncode(async () => image, { ...FAST, ...options }, NODE);
  await run(async () => ({
    ...engine,
    executor: (...how) => {
      const executor = engine.executor(...how);
      const denoise: typeof executor.denoise = (job) => {
        sigmas.push(job.sigma);
        return executor.denoise(job);
      };
      return { ...executor, denoise };
    },
  }));
  return sigmas;
}

describe('reportPsnr', () => {
  test.each<EncodeOptions>([{}, { bytes: 400 }, { endSigma: 0.3, transport: 'dithered' }])(
    'adds the PSNR of the last layer, and changes nothing else: %o',
    async (goal) => {
      const image = await kodakCrop(80, 72);
      const options = { ...(goal.transport ? {} : FAST), ...goal, index: false };
      const plain = await encode(image, options);
      const reported = await encode(image, { ...options, reportPsnr: true });
      expect(reported.data).toEqual(plain.data);
      expect(plain.info).not.toHaveProperty('psnr');
      expect(plain.info).not.toHaveProperty('rmse');
      expect(pictures(plain.info).slice(0, -1)).toEqual(pictures(reported.info).slice(0, -1));
      expect(plain.info.layers.at(-1)).not.toHaveProperty('psnr');
      const { psnr } = distortion((await decode(plain.data)).data, image.data);
      expect([reported.info.psnr, reported.info.layers.at(-1)?.psnr]).toEqual([psnr, psnr]);
    },
  );

  test('is on where the goal is a PSNR, or the file is exact', async () => {
    const image = await kodakCrop(24, 24);
    const { info } = await encode(image, { ...FAST, psnr: 30 });
    expect(Math.abs((info.psnr ?? 0) - 30)).toBeLessThan(0.1);
    const exact = await encode(image, { ...FAST, lossless: true });
    expect([exact.info.psnr, exact.info.rmse]).toEqual([Number.POSITIVE_INFINITY, 0]);
    expect(exact.info.layers.at(-1)?.psnr).toBeGreaterThan(0);
  });

  test.each<EncodeOptions>([{ endSigma: 0.2 }, { bytes: 200 }])('takes one run of the network: %o', async (goal) => {
    const image = gradientPicture(40, 32, 3);
    const without = await denoised(image, goal);
    const withLast = await denoised(image, { ...goal, reportPsnr: true });
    expect(withLast.slice(0, -1)).toEqual(without);
    expect(withLast.at(-1)).toBeLessThan(without.at(-1) ?? 0);
  });

  test('leaves the PSNR of the last layer out of the index; the whole file stands for what no other layer has', async () => {
    const image = await kodakCrop(72, 66);
    const { data } = await encode(image, { ...FAST, endSigma: 0.3 });
    const info = inspect(data);
    const known = info.index?.map(({ psnr }) => psnr) ?? expect.fail('an index');
    expect(info.index?.at(-1)).toEqual({ layer: known.length, bytes: data.length });
    expect(known.slice(0, -1).every((psnr) => psnr !== undefined)).toBe(true);
    const before = info.index?.at(-2) ?? expect.fail('two layers');
    expect(truncate(data, { psnr: before.psnr as number })).toHaveLength(before.bytes);
    expect(truncate(data, { psnr: (before.psnr as number) + 0.25 })).toEqual(data);
    expect(bytesFor(info, { psnr: 90 })).toBe(data.length);
    expect(() => truncate(data.subarray(0, -1), { psnr: 90 })).toThrow(/cannot be reached.*the stream ends early/);
  });

  test('is a boolean', async () => {
    const wrong = encode(gradientPicture(8, 8, 3), { reportPsnr: 1 as unknown as boolean });
    await expect(wrong).rejects.toThrow(/^"reportPsnr" expected true or false/);
  });
});
