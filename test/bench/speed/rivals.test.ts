import { loadModel, openBackend } from 'ddpm-codec/model';
import { beforeAll, describe, expect, test } from 'vitest';
import { defaultWeights } from '../../../bench/default-model.ts';
import { hasOnnxruntime, openOnnxruntime } from '../../../bench/speed/rivals/onnxruntime.ts';
import type { Denoise } from '../../../bench/speed/rivals/photo-network.ts';
import { openTfjs } from '../../../bench/speed/rivals/tfjs.ts';

const SIZE = { width: 48, height: 32 };
const y = Float32Array.from({ length: SIZE.width * SIZE.height * 3 }, (_, i) => Math.sin(i * i));
/** A mean, then a log-variance. */
type Values = readonly [Float32Array, Float32Array];

describe('the rivals compute the network of the codec', () => {
  const expected = new Map<number, Values>();

  beforeAll(async () => {
    const { denoiser } = await loadModel(defaultWeights(), { backend: await openBackend('wasm'), source: 'default' });
    for (const sigma of [0.05, 3]) {
      const { mean, logVariance } = await denoiser.denoise(y, { batch: 1, ...SIZE }, sigma);
      expected.set(sigma, [mean, logVariance as Float32Array]);
    }
  });

  async function compare(denoise: Denoise): Promise<void> {
    for (const [sigma, wanted] of expected) {
      const { mean, logVariance } = await denoise(y, SIZE, sigma);
      for (const [k, found] of [mean, logVariance as Float32Array].entries()) {
        const largest = Math.max(...(wanted[k] as Float32Array).map(Math.abs));
        const away = Math.max(...found.map((value, i) => Math.abs(value - (wanted[k]?.[i] as number))));
        expect(largest).toBeGreaterThan(0.01);
        expect(away).toBeLessThan(1e-4 * largest);
      }
    }
  }

  test('tfjs', async () => compare(await openTfjs()));

  const name = 'onnxruntime-web';
  const isThere = hasOnnxruntime();
  test.skipIf(!isThere)(isThere ? name : `${name} (skipped: not there; npm run fetch-rivals)`, async () =>
    compare(await openOnnxruntime()),
  );
});
