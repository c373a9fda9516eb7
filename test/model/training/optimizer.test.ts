import { describe, expect, test } from 'vitest';
import { adamStart, adamStep, averageStep, learningRateAt, normOf } from '../../../src/model/training/optimizer.ts';

const SETTINGS = {
  learningRate: 0.1,
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  warmupSteps: 10,
  decay: 'constant',
  clipNorm: 1e9,
} as const;

describe('Adam', () => {
  test('follows the formulas of its paper', () => {
    // Algorithm 1 of Kingma & Ba (2015), written out in double precision.
    const gradients = [
      [3, -0.01],
      [1, 0.02],
      [-2, 0],
      [0.5, 0.01],
    ];
    const expected = [1, 1];
    const parameters = Float32Array.of(1, 1);
    const state = adamStart(2);
    const [m, v] = [
      [0, 0],
      [0, 0],
    ];
    gradients.forEach((gradient, step) => {
      for (const i of [0, 1]) {
        m[i] = 0.9 * m[i] + 0.1 * gradient[i];
        v[i] = 0.99 * v[i] + 0.01 * gradient[i] ** 2;
        const [meanHat, squareHat] = [m[i] / (1 - 0.9 ** (step + 1)), v[i] / (1 - 0.99 ** (step + 1))];
        expected[i] -= (0.1 * meanHat) / (Math.sqrt(squareHat) + 1e-8);
      }
      adamStep(parameters, Float32Array.from(gradient), state, { settings: SETTINGS, step, rate: 0.1 });
    });
    expect(parameters[0]).toBeCloseTo(expected[0], 5);
    expect(parameters[1]).toBeCloseTo(expected[1], 5);
  });

  test('clips the norm of the gradient and returns the norm before', () => {
    const run = (gradient: number[], clipNorm: number) => {
      const parameters = new Float32Array(2);
      const state = adamStart(2);
      const options = { settings: { ...SETTINGS, clipNorm }, step: 0, rate: 0.1 };
      return { norm: adamStep(parameters, Float32Array.from(gradient), state, options), state };
    };
    const clipped = run([3, 4], 1);
    expect(clipped.norm).toBe(5);
    expect(normOf(clipped.state.mean)).toBeCloseTo(0.1, 6);
    expect(normOf(run([0.3, 0.4], 1).state.mean)).toBeCloseTo(0.05, 6);
  });

  test('the learning rate warms up and decays', () => {
    expect(learningRateAt(SETTINGS, 0, 100)).toBeCloseTo(0.01, 9);
    expect(learningRateAt(SETTINGS, 9, 100)).toBeCloseTo(0.1, 9);
    expect(learningRateAt(SETTINGS, 99, 100)).toBeCloseTo(0.1, 9);
    const cosine = { ...SETTINGS, decay: 'cosine' } as const;
    expect(learningRateAt(cosine, 50, 100)).toBeCloseTo(0.1 * (0.005 + 0.995 * 0.5), 9);
    expect(learningRateAt(cosine, 100, 100)).toBeCloseTo(0.0005, 9);
    expect(learningRateAt({ ...SETTINGS, warmupSteps: 0 }, 0, 100)).toBeCloseTo(0.1, 9);
  });
});

test('the average follows the weights fast at first and slowly later', () => {
  const average = Float32Array.of(0);
  averageStep(average, Float32Array.of(1), 0, 0.999);
  expect(average[0]).toBeCloseTo(0.9, 6);
  const late = Float32Array.of(0);
  averageStep(late, Float32Array.of(1), 1e6, 0.999);
  expect(late[0]).toBeCloseTo(0.001, 6);
});
