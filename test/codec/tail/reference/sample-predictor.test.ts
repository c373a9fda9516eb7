import { describe, expect, it } from 'vitest';
import type { FormatReport } from '../../../../bench/documents/figures/format.ts';
import { readMeasurement } from '../../../../bench/documents/measurement.ts';
import { bitsOf } from '../../../../bench/format-examples/float-bits.ts';
import { EXAMPLE_SHAPE, examplePixels, examplePosterior } from '../../../../bench/format-examples/tail-picture.ts';
import { Experts } from '../../../../src/codec/tail/reference/experts.ts';
import { SamplePlanes } from '../../../../src/codec/tail/reference/sample-planes.ts';
import { SamplePredictor } from '../../../../src/codec/tail/reference/sample-predictor.ts';
import { ReferenceSums } from '../../../../src/codec/tail/tail-network-sums.ts';
import type { TailPosterior, TailShape } from '../../../../src/codec/tail/tail-posterior.ts';
import { tailWeights } from '../../../../src/codec/tail/tail-weights.ts';

/** Predicts and learns all samples; calls `see` with each prediction and the number of the sample. */
function predictAll(
  pixels: ArrayLike<number>,
  { width, height, channels }: TailShape,
  { state, mean, logVariance, index }: TailPosterior,
  see: (predictor: SamplePredictor, sample: number) => void,
): void {
  const planes = { canvasWidth: mean.width, state: state.data, mean: mean.data, logVariance };
  const sums = new ReferenceSums(tailWeights());
  const predictor = new SamplePredictor(new SamplePlanes({ width, height, ...planes }), width, channels, index, sums);
  for (let row = 0, at = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      predictor.visit(column, row);
      for (let c = 0; c < channels; c++, at++) {
        predictor.predict(c);
        see(predictor, at);
        predictor.learn(c, pixels[at]);
      }
      predictor.leave();
    }
  }
}

describe('sample predictor', () => {
  it('has the values of docs/format.md, "Test values"', () => {
    const predictions = readMeasurement<FormatReport>('format')?.result.tail.predictions ?? [];
    expect(predictions).toHaveLength(15);
    const found = new Map<number, readonly string[]>();
    predictAll(examplePixels(), EXAMPLE_SHAPE, examplePosterior(), (p, sample) => {
      const values = [p.network, p.scale, p.global, p.local, p.expected, p.globalScale, p.localScale];
      found.set(sample, values.map(bitsOf));
    });
    for (const { place, values } of predictions) {
      const [i, j, c] = place;
      expect(found.get(3 * (j * EXAMPLE_SHAPE.width + i) + c), place.join(', ')).toEqual(values);
    }
  });

  it('finds a picture that its neighbours determine, which the posterior does not know', () => {
    const shape = { width: 40, height: 24, channels: 3 as const };
    const pixels = Uint8Array.from({ length: 40 * 24 * 3 }, (_, at) => {
      const [i, j, c] = [Math.floor(at / 3) % 40, Math.floor(at / 120), at % 3];
      return 2 * i + 3 * j + 20 * c + 10;
    });
    const flat = { width: 40, height: 24, data: new Float32Array(40 * 24 * 3) };
    const posterior = { state: flat, mean: flat, logVariance: flat.data.map(() => -3), index: -400 };
    const errors: number[] = [];
    predictAll(pixels, shape, posterior, ({ mean }, sample) => {
      errors.push(Math.abs(mean - pixels[sample]));
    });
    const meanOf = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(meanOf(errors.slice(-600))).toBeLessThan(2);
    expect(meanOf(errors.slice(-600))).toBeLessThan(meanOf(errors.slice(0, 120)) / 10);
  });

  it('gives experts with weights of sum 1 and finite numbers, whatever the posterior says', () => {
    const experts = new Experts();
    for (const [state, mean, variance] of [
      [1e6, -1, -60],
      [-1e6, 1, 60],
      [0, 0, -19],
    ]) {
      const plane = (value: number) => ({ width: 16, height: 16, data: new Float32Array(768).fill(value) });
      const posterior = { state: plane(state), mean: plane(mean), logVariance: plane(variance).data, index: -500 };
      const pixels = Uint8Array.from({ length: 300 }, (_, i) => (i % 2 ? 255 : 0));
      predictAll(pixels, { width: 10, height: 10, channels: 3 }, posterior, (predictor) => {
        experts.set(predictor);
        expect([...experts.means, ...experts.inverses].every(Number.isFinite)).toBe(true);
        for (let k = 0; k < 3; k++) {
          const sum = experts.weights[3 * k] + experts.weights[3 * k + 1] + experts.weights[3 * k + 2];
          expect(sum).toBeCloseTo(1, 5);
        }
      });
    }
  });

  it('takes a grey picture as three equal colours', () => {
    const shape = { ...EXAMPLE_SHAPE, channels: 1 as const };
    const grey = Uint8Array.from({ length: 120 }, (_, i) => examplePixels()[3 * i]);
    const found: number[] = [];
    predictAll(grey, shape, examplePosterior(), ({ mean }) => found.push(mean));
    expect(found).toHaveLength(120);
    const colour = grey.map((_, i) => grey[i]);
    const first: number[] = [];
    const three = Uint8Array.from({ length: 360 }, (_, at) => colour[Math.floor(at / 3)]);
    predictAll(three, EXAMPLE_SHAPE, examplePosterior(), ({ mean }, sample) => {
      if (sample % 3 === 0) first.push(mean);
    });
    expect(first).toEqual(found);
  });
});
