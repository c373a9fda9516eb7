import { describe, expect, test } from 'vitest';
import { LOWEST_POSITION, ladder } from '../../src/codec/format/noise-ladder.ts';
import { type Aim, ExpectedEnd } from '../../src/coding/expected-end.ts';
import { LayerProgress } from '../../src/coding/layer-progress.ts';
import type { Progress } from '../../src/coding/run-options.ts';
import { encode } from '../../src/entry/index.ts';
import { gradientPicture } from '../support/pictures.ts';

/** Four pyramid levels in steps of 1 in log-SNR, to the lowest noise level: 21 steps, the full size from the tenth on. */
const STEPS = ladder(4, 8, LOWEST_POSITION);
const AIM: Aim = { goal: 100, octaveFactor: 1, levelFactor: 2, retakes: 0 };

describe('expected end', () => {
  test('a gain that stays the same is continued to the goal', () => {
    const flat = ladder(0, 8, LOWEST_POSITION);
    const end = new ExpectedEnd({ ...AIM, levelFactor: 1 }, flat);
    for (let layer = 1; layer <= 4; layer++) end.learn(layer, layer * 10);
    expect(end.layers).toBe(10);
  });

  test('knows no more steps than there are, and at least one', () => {
    const end = new ExpectedEnd(AIM, STEPS);
    expect(end.layers).toBe(STEPS.length);
    end.learn(0, 1000);
    expect(end.layers).toBe(1);
    end.learn(1, 0); // a loss is no gain
    expect(end.layers).toBe(STEPS.length);
  });

  test('bits of a photograph (Kodak 5): right to two layers from the second finest level on', () => {
    // Bits of the layers of test/images/kodak/kodim05.png, effort 5.
    const bits = [37, 33, 53, 93, 183, 307, 1813, 6675, 22570, 47740, 71794, 97394, 135278, 174192, 225386, 290926];
    const sums = bits.map((_, i) => bits.slice(0, i + 1).reduce((sum, value) => sum + value, 0));
    for (const [last, goal] of sums.entries()) {
      const end = new ExpectedEnd({ goal, octaveFactor: 1.5, levelFactor: 3.5, retakes: 0 }, STEPS);
      sums.slice(0, last + 1).forEach((sum, i) => {
        end.learn(i + 1, sum);
        if (i >= 7) expect(Math.abs(end.layers - (last + 1))).toBeLessThanOrEqual(2);
      });
      expect(end.layers).toBe(last + 1);
    }
  });
});

/** Reports of an encoder, with the layers and the size of its stream. */
async function reportsOf(goal: { bytes?: number; psnr?: number; bpp?: number }): Promise<Progress[]> {
  const reports: Progress[] = [];
  const { info } = await encode(gradientPicture(160, 128, 3), {
    effort: 1,
    ...goal,
    onProgress: (progress) => void reports.push(progress),
  });
  expect(reports.at(-1)).toMatchObject({ step: info.layers.length, steps: info.layers.length, fraction: 1 });
  return reports;
}

describe('progress towards a size or a quality', () => {
  test.each([{ bytes: 250 }, { bpp: 0.6 }, { psnr: 36 }])(
    '%j: never falls, ends with 1, and not before',
    async (goal) => {
      const reports = await reportsOf(goal);
      const fractions = reports.map(({ fraction }) => fraction);
      expect(fractions.filter((fraction, i) => fraction < (fractions[i - 1] ?? 0))).toEqual([]);
      expect(fractions.filter((fraction) => fraction === 1)).toHaveLength(1);
      for (const { step, steps } of reports) expect(steps).toBeGreaterThanOrEqual(step);
      // Half-way the number of layers is known to a factor of two, though the ladder goes on far beyond.
      const half = reports[Math.floor(reports.length / 2)];
      const layers = reports.at(-1)?.steps ?? 0;
      expect(half.steps).toBeLessThanOrEqual(2 * layers);
    },
  );

  test('taking the last layer again is work, too', async () => {
    const fractions: number[] = [];
    const progress = new LayerProgress('encode', STEPS, {
      onProgress: ({ fraction }) => void fractions.push(fraction),
    });
    progress.aim({ ...AIM, goal: 12, retakes: 2 });
    for (let layer = 0; layer <= 12; layer++) await progress.pass(layer, layer);
    for (let i = 0; i < 4; i++) await progress.passRetake();
    await progress.finish();
    const [first, second, third, , last] = fractions.slice(13);
    expect(fractions[12]).toBeLessThan(first);
    expect(first).toBeLessThan(second);
    expect([second, third, last]).toEqual([0.99, 0.99, 1]);
  });
});
