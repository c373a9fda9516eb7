import { describe, expect, it } from 'vitest';
import { CholeskySolver } from '../../../../src/codec/tail/reference/cholesky-solver.ts';
import { wholeBlocks } from '../../../../src/codec/tail/reference/float32.ts';
import { ForgettingRegression } from '../../../../src/codec/tail/reference/forgetting-regression.ts';
import { LocalRegression } from '../../../../src/codec/tail/reference/local-regression.ts';
import { seededPicks } from '../../../support/seeded-picks.ts';

/** Moments A A^T + 1 of random A as an upper triangle, and their products with known coefficients. */
function equations(n: number): { moments: Float32Array; products: Float32Array; coefficients: number[] } {
  const stride = wholeBlocks(n);
  const a = seededPicks(`equations ${n}`, n * n, (u) => 2 * u - 1);
  const coefficients = seededPicks(`coefficients ${n}`, n, (u) => 2 * u - 1);
  const full = (i: number, j: number): number => {
    let sum = i === j ? 1 : 0;
    for (let k = 0; k < n; k++) sum += a[i * n + k] * a[j * n + k];
    return sum;
  };
  const moments = new Float32Array(n * stride);
  const products = new Float32Array(n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      if (j >= i) moments[i * stride + j] = full(i, j);
      products[i] += full(i, j) * coefficients[j];
    }
  }
  return { moments, products, coefficients };
}

describe('Cholesky solver', () => {
  it.each([1, 2, 3, 4, 5, 12, 26, 45, 64])('%i equations: the coefficients that made them', (n) => {
    const { moments, products, coefficients } = equations(n);
    const found = new Float32Array(wholeBlocks(n));
    new CholeskySolver(n).solve(moments, products, 0, found);
    for (let i = 0; i < n; i++) expect(found[i]).toBeCloseTo(coefficients[i], 3);
    expect([...found.subarray(n)]).toEqual(new Array(found.length - n).fill(0));
  });

  it('leaves the coefficients as they are where a pivot is too small', () => {
    const found = Float32Array.of(7, 8, 0, 0);
    new CholeskySolver(2).solve(Float32Array.of(1, 1, 0, 0, 0, 1, 0, 0), Float32Array.of(1, 1), 0, found);
    expect([...found]).toEqual([7, 8, 0, 0]);
  });

  it('a ridge shrinks: one equation has the solution p / (m + ridge)', () => {
    const found = new Float32Array(4);
    new CholeskySolver(1).solve(Float32Array.of(3, 0, 0, 0), Float32Array.of(8), 1, found);
    expect(found[0]).toBe(2);
  });
});

/** Random inputs and the value of a linear function of them. */
function samples(count: number, weights: readonly number[]): { inputs: number[]; value: number }[] {
  const picks = seededPicks('samples', count * weights.length, (u) => 4 * u - 2);
  return Array.from({ length: count }, (_, i) => {
    const inputs = picks.slice(i * weights.length, (i + 1) * weights.length);
    return { inputs, value: inputs.reduce((sum, input, k) => sum + weights[k] * input, 0) };
  });
}

describe('regressions', () => {
  it('one that forgets finds a linear function, and follows where it changes', () => {
    const regression = new ForgettingRegression({ inputs: 3, rate: 2 ** -6, ridge: 2 ** -20, interval: 16 });
    const learn = (weights: readonly number[]): number => {
      for (const { inputs, value } of samples(800, weights)) {
        regression.inputs.set(inputs);
        regression.learn(value, 1);
      }
      regression.inputs.set([1, 1, 1]);
      return regression.predict();
    };
    expect(regression.predict()).toBe(0);
    expect(learn([0.5, -0.25, 2])).toBeCloseTo(2.25, 3);
    expect(learn([1, 1, 1])).toBeCloseTo(3, 2);
    expect(regression.samples).toBe(1600);
  });

  it('a local one learns what holds in its columns, from the second row on', () => {
    const width = 40;
    const regression = new LocalRegression(2, width);
    const predictions: number[] = [];
    for (const [p, { inputs, value }] of samples(width * 12, [1, -1]).entries()) {
      const column = p % width;
      regression.visit(column);
      regression.inputs.set([1, 1]);
      if (p < 8 || p >= width * 11) predictions.push(regression.predict());
      regression.inputs.set(inputs);
      // Another function in the right half.
      regression.learn(column < 20 ? value : 3 * inputs[0], 4);
      regression.leave(column);
    }
    expect(predictions.slice(0, 8)).toEqual(new Array(8).fill(0));
    expect(predictions[8]).toBeCloseTo(0, 1);
    expect(predictions[8 + 39]).toBeCloseTo(3, 1);
  });

  it('a local one keeps its coefficients within a block, also in a last block that is narrower', () => {
    const width = 11;
    const regression = new LocalRegression(1, width);
    const row: number[] = [];
    for (let p = 0; p < 4 * width; p++) {
      regression.visit(p % width);
      regression.inputs[0] = 1;
      if (p >= 3 * width) row.push(regression.predict());
      regression.learn(1, 1);
      regression.leave(p % width);
    }
    expect(new Set(row.slice(0, 8)).size).toBe(1);
    expect(new Set(row.slice(8)).size).toBe(1);
    expect(row[8]).not.toBe(row[7]);
  });
});
