import { expect, test } from 'vitest';
import { ladder } from '../../src/codec/format/noise-ladder.ts';
import { ImagePyramid } from '../../src/codec/grid/image-pyramid.ts';
import { idealTransport } from '../../src/codec/transport/ideal-transport.ts';
import type { Sender } from '../../src/codec/transport/transport.ts';
import { trellisTransport } from '../../src/codec/trellis/trellis-transport.ts';
import { encodeWalk } from '../../src/codec/walk/encode-walk.ts';
import { gaussians, moments } from '../support/gaussian.ts';
import { gaussianModel } from '../support/gaussian-model.ts';
import { runOf } from '../support/walk-runs.ts';

/** Small against the range [-1, 1] to which D is clamped. */
const TAU = 0.2;
/** As many pixels as 80 x 80, and no pyramid, whose coarser images have another variance than the denoiser assumes. */
const SIZE = { width: 56, height: 112 };
const image = { ...SIZE, data: gaussians(SIZE.width * SIZE.height * 3, 'trellis against ideal').map((x) => TAU * x) };
const n = image.data.length;

interface Coded {
  /** Bits that the transport took: code bits of the stream, or the relative entropy. */
  readonly bits: number;
  /** Deviation of the state's noise over sigma. */
  readonly noise: number;
  /** Root mean squared error of D. */
  readonly rmse: number;
  readonly sigma: number;
}

async function code(transport: Sender, endIndex: number): Promise<Coded> {
  let bits = 0;
  let last: Omit<Coded, 'bits'> | undefined;
  const steps = ladder(0, 12, endIndex);
  const walk = encodeWalk({
    run: runOf(gaussianModel(TAU), transport),
    image: new ImagePyramid(image),
    seed: 5,
    steps,
  });
  for await (const { tiles, state, mean, sigma } of walk) {
    for (const tile of tiles) bits += tile.packed ? tile.bits : tile.idealBits;
    const noise = moments(state.data.map((y, i) => y - image.data[i])).deviation / sigma;
    last = { noise, sigma, rmse: moments(mean.data.map((x, i) => x - image.data[i])).deviation };
  }
  if (!last) throw new Error('the walk has no states');
  return { bits, ...last };
}

// Index i of the ladder is sigma = 2^(i / 256). Ideal bits a coefficient: 0.03, 0.36, 1.75 and 2.7.
test.each([0, -512, -1024, -1280])(
  "the trellis code's real bits at M = 1024 are within 1.12 of the code length, down to sigma 2^(%i / 256)",
  async (endIndex) => {
    const real = await code(trellisTransport({ beamWidth: 1024 }), endIndex);
    const ideal = await code(idealTransport('trellis against ideal'), endIndex);
    const known = 0.5 * n * Math.log2(1 + TAU ** 2 / real.sigma ** 2);
    expect(Math.abs(ideal.bits / known - 1)).toBeLessThan(0.015);
    expect(Math.abs(real.noise - 1)).toBeLessThan(0.02);
    expect(real.bits / ideal.bits).toBeLessThan(1.12);
    expect(real.bits / known).toBeLessThan(1.12);
    // At equal error, where one image can show it: a worse picture is charged with the bits that would have made it as good.
    const equalError = real.bits + n * Math.log2(real.rmse / ideal.rmse);
    if (known > 0.1 * n) expect(equalError / ideal.bits).toBeLessThan(1.12);
    expect(real.bits / ideal.bits).toBeGreaterThan(1);
  },
);
