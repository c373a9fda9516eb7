import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SearchTarget } from '../../../src/codec/trellis/passes.ts';
import { CODE_ROWS, importanceWeights, integersOf, StageWeights } from '../../../src/codec/trellis/search-weights.ts';
import { CODEBOOK, codeValue } from '../../../src/codec/trellis/trellis-code.ts';
import { gaussians } from '../../support/gaussian.ts';

const N = 1536;
const REVERSED = Uint32Array.from({ length: N }, (_, i) => N - 1 - i);

/** a ~ N(0, 1 - r), with signal-to-noise ratios 1/r - 1 from 1e-3 to 10. */
function mixedTarget(): SearchTarget {
  const residualVariance = Float32Array.from({ length: N }, (_, i) => 1 / (1 + 10 ** (((i * 7) % 401) / 100 - 3)));
  const sample = gaussians(N, 'weights');
  return { target: residualVariance.map((r, i) => Math.sqrt(1 - r) * sample[i]), residualVariance };
}

/** log q(c)/p(c) of coefficients start..end-1 in visiting order, up to a constant, for a register. */
function logWeight({ target, residualVariance }: SearchTarget, start: number, end: number, register: number): number {
  let sum = 0;
  for (let i = start; i < end; i++) {
    const [a, r, c] = [target[REVERSED[i]], residualVariance[REVERSED[i]], codeValue(register, i)];
    sum += 0.5 * (c ** 2 - (c - a) ** 2 / r);
  }
  return sum;
}

test('the rows of the search hold the code values and their squares', () => {
  expect(CODE_ROWS.length).toBe(2 * CODEBOOK.length);
  const [offset, unit] = [9.5, 9.5 / 32767];
  for (const [i, c] of CODEBOOK.entries()) {
    const at = 8 * Math.floor(i / 4) + [0, 1, 4, 5][i % 4];
    if (CODE_ROWS[at] !== c * 4096) expect(CODE_ROWS[at], `value ${i}`).toBe(c * 4096);
    const error = Math.abs(CODE_ROWS[at + 2] * unit + offset - c * c);
    if (error > 0.51 * unit) expect(error, `square ${i}`).toBeLessThan(0.51 * unit);
  }
});

test('weights of any size become integers whose products with 15-bit codes add up within 32 bits', () => {
  const weight = fc.oneof(
    fc.float({ noNaN: true, min: Math.fround(-1e18), max: Math.fround(1e18) }),
    fc.constantFrom(0, 1e-40, 1e18, 1),
  );
  fc.assert(
    fc.property(fc.array(weight, { minLength: 1, maxLength: 400 }), (values) => {
      const weights = Float32Array.from({ length: 4 * Math.ceil(values.length / 4) }, (_, i) => values[i] ?? 0);
      const integers = integersOf(weights);
      expect(integers.values.reduce((sum, value) => sum + Math.abs(value), 0) * 32767).toBeLessThan(2 ** 31);
      const largest = Math.max(...weights.map(Math.abs));
      for (const [i, value] of integers.values.entries()) {
        const error = Math.abs(value * integers.unit - weights[i]);
        expect(error).toBeLessThanOrEqual(1.001 * integers.unit);
        expect(Math.abs(value * integers.unit)).toBeLessThanOrEqual(1.001 * largest);
      }
    }),
  );
});

describe('a stage', () => {
  test('tells paths apart as the log weight does', () => {
    const problem = mixedTarget();
    const weights = new Float32Array(2 * N);
    importanceWeights(problem, weights);
    for (const [start, end] of [
      [0, 1],
      [3, 4],
      [6, 11],
      [17, 97],
      [100, 600],
      [0, N],
    ]) {
      const stage = new StageWeights(start, end, weights, REVERSED);
      /** Log weights of both siblings of 4 pairs. */
      const scores: number[] = [];
      for (const half of [0, 5, 77, 1234567]) {
        stage.weigh(half);
        scores.push(-stage.even - stage.odd, -stage.even + stage.odd);
      }
      const exact = [0, 1, 10, 11, 154, 155, 2469134, 2469135].map((register) =>
        logWeight(problem, start, end, register),
      );
      for (let i = 1; i < scores.length; i++) {
        const name = `${start}..${end}, path ${i}`;
        expect(Math.abs(scores[i] - scores[0] - (exact[i] - exact[0])), name).toBeLessThan(0.02 + (end - start) / 1000);
      }
    }
  });

  test('counts a coefficient as its emphasis says', () => {
    const problem = mixedTarget();
    const [plain, half] = [new Float32Array(2 * N), new Float32Array(2 * N)];
    importanceWeights(problem, plain);
    importanceWeights({ ...problem, emphasis: new Float32Array(N).fill(0.5) }, half);
    expect(half).toEqual(plain.map((weight) => 0.5 * weight));
  });
});
