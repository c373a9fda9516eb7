import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeTail } from '../../../src/codec/tail/tail.ts';
import { decodeTail, TailDecoder } from '../../../src/codec/tail/tail-decoder.ts';
import { HIDDEN1, HIDDEN2, INPUTS, OUTPUTS, WEIGHT_LAYOUT } from '../../../src/codec/tail/tail-network-layout.ts';
import { MOST_CODED_WIDTH } from '../../../src/codec/tail/tail-posterior.ts';
import { tailWeights } from '../../../src/codec/tail/tail-weights.ts';
import { seededPicks } from '../../support/seeded-picks.ts';
import { posteriorOf } from '../../support/tail-posterior.ts';

function drain<T>(coder: Generator<number, T, void>): T {
  for (;;) {
    const { done, value } = coder.next();
    if (done) return value;
  }
}

const shapes = fc.record({
  width: fc.integer({ min: 1, max: 20 }),
  height: fc.integer({ min: 1, max: 14 }),
  channels: fc.constantFrom(1 as const, 3 as const),
});

describe('tail', () => {
  it('round trip of random pixels, for any size, number of channels and noise level', () => {
    const pictures = shapes.chain((shape) => {
      const length = shape.width * shape.height * shape.channels;
      const pixels = fc.uint8Array({ minLength: length, maxLength: length });
      return fc.record({ shape: fc.constant(shape), pixels, index: fc.integer({ min: -2048, max: 600 }) });
    });
    fc.assert(
      fc.property(pictures, ({ shape, pixels, index }) => {
        const posterior = posteriorOf(pixels, shape, index);
        const bytes = drain(encodeTail(pixels, shape, posterior));
        expect(drain(decodeTail(bytes, shape, posterior))).toEqual(pixels);
      }),
      { numRuns: 40 },
    );
  });

  it('survives posteriors that are wrong in every way', () => {
    const shape = { width: 9, height: 9, channels: 3 as const };
    const pixels = Uint8Array.from({ length: 243 }, (_, i) => (i % 2 ? 255 : 0));
    for (const [state, mean, variance] of [
      [1e6, -1, -60],
      [-1e6, 1, 60],
      [0, 0, -19],
    ]) {
      const plane = (value: number) => ({ width: 16, height: 16, data: new Float32Array(768).fill(value) });
      const posterior = { state: plane(state), mean: plane(mean), logVariance: plane(variance).data, index: -500 };
      const bytes = drain(encodeTail(pixels, shape, posterior));
      expect(drain(decodeTail(bytes, shape, posterior))).toEqual(pixels);
      expect(bytes.length).toBeLessThan(243 * 2.5);
    }
  });

  it('decodes any bytes to some picture', () => {
    const shape = { width: 7, height: 5, channels: 3 as const };
    const posterior = posteriorOf(new Uint8Array(105).fill(90), shape, -400);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(drain(decodeTail(bytes, shape, posterior))).toHaveLength(105);
      }),
      { numRuns: 30 },
    );
  });

  it('takes fewer bits at a lower noise level', () => {
    const shape = { width: 24, height: 24, channels: 3 as const };
    const pixels = Uint8Array.from(
      seededPicks('levels', 1728, (u) => u).map((u, i) => 100 + ((i / 72) | 0) * 3 + 40 * (u - 0.5)),
    );
    const lengths = [0, -500, -1000, -1600].map(
      (index) => drain(encodeTail(pixels, shape, posteriorOf(pixels, shape, index))).length,
    );
    expect([...lengths].sort((a, b) => b - a)).toEqual(lengths);
    expect(lengths[3]).toBeLessThan(lengths[0] * 0.55);
  });

  it('is the pixels where the picture is too wide for the model, and nothing else decodes', () => {
    const shape = { width: MOST_CODED_WIDTH + 1, height: 1, channels: 1 } as const;
    const pixels = new Uint8Array(shape.width).fill(77);
    const plane = { width: 1, height: 1, data: new Float32Array(0) };
    const posterior = { state: plane, mean: plane, logVariance: plane.data, index: 0 };
    expect([...encodeTail(pixels, shape, posterior)]).toEqual([]);
    const decoder = new TailDecoder(20, shape, posterior);
    expect([...decoder.push(new Uint8Array(20))]).toEqual([]);
    expect(decoder.rows).toBe(0);
  });

  it('does not change the pixels that it codes, and reports progress by rows', () => {
    const shape = { width: 8, height: 3, channels: 1 as const };
    const pixels = Uint8Array.from({ length: 24 }, (_, i) => i * 10);
    const rows = [...encodeTail(pixels, shape, posteriorOf(pixels, shape, -300))];
    expect(rows).toEqual([1, 2, 3]);
    expect(pixels[23]).toBe(230);
  });
});

describe('tail network', () => {
  it('has as many weights as its layout requires, and sums that fit 32 bits', () => {
    const weights = tailWeights();
    expect(weights).toHaveLength(WEIGHT_LAYOUT.bytes);
    const words = new Int16Array(weights.buffer, 0, WEIGHT_LAYOUT.bias1 / 2);
    for (let row = 0; row < HIDDEN1 + 3; row++) {
      const sum = words.slice(row * INPUTS, (row + 1) * INPUTS).reduce((total, w) => total + Math.abs(w), 0);
      // Features are at most 8, except for the last 9, which are at most 16.
      expect(sum * 16 * 1024).toBeLessThan(2 ** 31);
    }
    expect(HIDDEN2 * OUTPUTS).toBeGreaterThan(0);
  });
});
