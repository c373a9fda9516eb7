import { describe, expect, it } from 'vitest';
import { Experts } from '../../../../src/codec/tail/reference/experts.ts';
import { SamplePlanes } from '../../../../src/codec/tail/reference/sample-planes.ts';
import { SamplePredictor } from '../../../../src/codec/tail/reference/sample-predictor.ts';
import { ReferenceSums } from '../../../../src/codec/tail/tail-network-sums.ts';
import type { TailPosterior, TailShape } from '../../../../src/codec/tail/tail-posterior.ts';
import { tailWeights } from '../../../../src/codec/tail/tail-weights.ts';
import { EXAMPLE_SHAPE, examplePixels, examplePosterior } from '../../../support/tail-example.ts';

/** Bits of a binary32, as hexadecimal digits. */
function bitsOf(value: number): string {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  return view.getUint32(0).toString(16).padStart(8, '0');
}

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
    const found: Record<string, string> = {};
    const places = { '0,0': 0, '1,0': 1, '11,0': 11, '7,4': 4 * 12 + 7, '11,9': 9 * 12 + 11 };
    predictAll(examplePixels(), EXAMPLE_SHAPE, examplePosterior(), (p, sample) => {
      for (const [place, pixel] of Object.entries(places)) {
        const values = [p.network, p.scale, p.global, p.local, p.expected, p.globalScale, p.localScale];
        if (Math.floor(sample / 3) === pixel) found[`${place},${sample % 3}`] = values.map(bitsOf).join(' ');
      }
    });
    expect(found).toEqual({
      '0,0,0': '4200c5a1 3f0209b2 4200c5a1 4200c5a1 3e8209b2 3e19999a 3e19999a',
      '0,0,1': '422a41ce 3d978c84 422a41ce 422a41ce 3fa346d7 3fc1861d 3fc1861d',
      '0,0,2': '427c8014 3f177339 427c8014 427c8014 3fca9e0e 3ff3d327 3ff3d327',
      '1,0,0': '41f38d3b 3fecf172 41f38d3b 41f38d3b 3fe7b70c 3fc1861d 3fc1861d',
      '1,0,1': '424bb380 3fc7e1c8 424bb380 424bb380 3febfc1c 3ff3d327 3ff3d327',
      '1,0,2': '4282a198 3f35b80c 4282a198 4282a198 3fdc99a8 40152e4c 40152e4c',
      '11,0,0': '42a46afa 40180f1d 4280a258 42d0a258 4119fba3 41926a52 41af01b1',
      '11,0,1': '42b6cc4e 3f74c76c 42f28c67 4307d4a3 411782c9 4119999a 41f2ccf2',
      '11,0,2': '42f571a9 4008c455 42d8279a 4288279a 410d994d 40f4ae0a 4141861d',
      '7,4,0': '42cc3cbb 4087b7aa 42d79ae0 42dc013d 40d575df 41641950 4020d469',
      '7,4,1': '42f38988 3fdaf57c 430b5a3e 42e5e6f0 40ca905e 41694c3c 41aa6a2f',
      '7,4,2': '430a1964 3ffa4bb8 42cdb04e 42ec1ace 40d498f7 413e2165 410daeaa',
      '11,9,0': '42cd3b24 4050ae93 42a8f02e 42b009e4 41c966f3 40b81d42 405d9171',
      '11,9,1': '42d7a046 4013aeaa 42f73952 42e3434e 41257fd0 4075368b 406f6982',
      '11,9,2': '42cc26c2 4085496c 42d656e9 42fbf890 418a706b 40c8dc0f 4118785b',
    });
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
