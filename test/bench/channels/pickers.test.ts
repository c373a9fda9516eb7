import { describe, expect, test } from 'vitest';
import type { ChannelTile } from '../../../bench/channels/channel.ts';
import { type Chunk, ChunkWeights, cutChunks, fillCandidate } from '../../../bench/channels/chunk.ts';
import {
  bestOf,
  fixedBits,
  minimalRandom,
  orderedRandom,
  type Picker,
  poissonFunctional,
} from '../../../bench/channels/pickers.ts';
import { PrivateRandom } from '../../../bench/channels/private-random.ts';
import { gaussianTile } from '../../../bench/channels/sources.ts';
import { logIntervalProbability } from '../../../src/analysis/normal-distribution.ts';
import { GAUSSIAN_QUANTILES } from '../../../src/codec/math/gaussian-table.ts';
import { FLAT_SPECTRUM } from '../../../src/codec/trellis/bit-allocation.ts';
import { pValue } from './kolmogorov-smirnov.ts';

const TILE = gaussianTile(192, [{ share: 1, rho: 3 }], 0);

function prepared(chunk: Chunk, tile: ChannelTile = TILE): ChunkWeights {
  const weights = new ChunkWeights();
  weights.prepare(tile, chunk);
  return weights;
}

describe('chunks', () => {
  test('cover the tile and have about the bits that are asked for', () => {
    const chunks = cutChunks(TILE, 4);
    expect(chunks[0].from).toBe(0);
    expect(chunks.at(-1)?.to).toBe(192);
    for (const [i, { from, to, expectedBits }] of chunks.entries()) {
      if (i > 0) expect(from).toBe(chunks[i - 1].to);
      expect(to - from).toBe(4);
      expect(expectedBits).toBeCloseTo(4, 5);
    }
    expect(cutChunks(TILE, 0)).toHaveLength(192);
  });

  test('candidates are independent samples of N(0, 1)', () => {
    const chunk = cutChunks(TILE, 5)[0];
    const out = new Float32Array(192);
    const values: number[][] = Array.from({ length: 5 }, () => []);
    for (let k = 1; k <= 4000; k++) {
      fillCandidate(chunk, k, out);
      for (const [i, column] of values.entries()) column.push(out[chunk.from + i]);
    }
    const cumulative = (x: number): number => Math.exp(logIntervalProbability(Number.NEGATIVE_INFINITY, x));
    for (const column of values) expect(pValue(column, cumulative)).toBeGreaterThan(0.005);
    for (let i = 0; i < 5; i++) {
      for (let j = 0; j < 5; j++) {
        // Neighbours in the chunk, and neighbours in the sequence.
        const shift = i === j ? 1 : 0;
        const sum = values[i].slice(shift).reduce((total, v, k) => total + v * values[j][k], 0);
        expect(Math.abs(sum) / Math.sqrt(4000)).toBeLessThan(4);
      }
    }
  });

  test('a log weight is that of the candidate', () => {
    const chunk = cutChunks(TILE, 5)[3];
    const weights = prepared(chunk);
    const out = new Float32Array(192);
    for (const k of [1, 2, 77, 12_345]) {
      fillCandidate(chunk, k, out);
      let sum = 0;
      for (let i = chunk.from; i < chunk.to; i++) {
        const [a, r] = [TILE.target[i], TILE.residualVariance[i]];
        sum += 0.5 * (out[i] ** 2 - (out[i] - a) ** 2 / r - Math.log(r));
      }
      expect(weights.logWeight(k)).toBeCloseTo(sum, 6);
      expect(weights.logWeight(k)).toBeLessThan(weights.most);
    }
  });

  test('KL, largest weight and moments are those of a sum over p', () => {
    const tile: ChannelTile = {
      target: Float32Array.of(0.6),
      residualVariance: Float32Array.of(0.5),
      key: { seed: 1, layer: 1, tile: 1 },
      spectrum: FLAT_SPECTRUM,
      blocksWide: 1,
    };
    const weights = prepared(cutChunks(tile, 0)[0], tile);
    const [a, r] = [tile.target[0], tile.residualVariance[0]];
    const logs = Array.from(GAUSSIAN_QUANTILES, (z) => 0.5 * (z * z - (z - a) ** 2 / r - Math.log(r)));
    const meanOf = (f: (log: number) => number): number => logs.reduce((sum, log) => sum + f(log), 0) / logs.length;
    expect(weights.kl).toBeCloseTo(
      meanOf((log) => Math.exp(log) * log),
      3,
    );
    expect(weights.most).toBeCloseTo(Math.max(...logs.slice(0, 30_000), ...logs.slice(30_000)), 3);
    for (const order of [0.5, 2, 6])
      expect(weights.logMoment(order)).toBeCloseTo(Math.log(meanOf((log) => Math.exp((1 + order) * log))), 3);
  });
});

/** Frequencies of the picked numbers over many private seeds. */
function frequencies(picker: Picker, weights: ChunkWeights, count: number, trials: number): number[] {
  const found = new Array<number>(count).fill(0);
  for (let seed = 1; seed <= trials; seed++) found[picker(weights, new PrivateRandom(seed)).index - 1] += 1 / trials;
  return found;
}

describe('pickers', () => {
  test('the Poisson functional representation stops no sooner than the best point is found', () => {
    for (const chunk of cutChunks(TILE, 3)) {
      const weights = prepared(chunk);
      const [soon, late] = [1e-4, 1e-12].map((risk) => poissonFunctional(risk)(weights, new PrivateRandom(chunk.from)));
      expect(soon.index).toBe(late.index);
      expect(late.looked).toBeGreaterThanOrEqual(soon.looked);
    }
  });

  test('a search that is cut says so', () => {
    const weights = prepared(cutChunks(TILE, 4)[0]);
    const whole = poissonFunctional(1e-4)(weights, new PrivateRandom(1));
    const cut = poissonFunctional(1e-4, whole.looked - 1)(weights, new PrivateRandom(1));
    expect(whole.isCut).toBeUndefined();
    expect(cut).toMatchObject({ looked: whole.looked - 1, isCut: true });
  });

  test('minimal random coding picks by weight', () => {
    const chunk = cutChunks(TILE, 3)[5];
    const weights = prepared(chunk);
    const excess = 5 - chunk.expectedBits;
    const count = 2 ** fixedBits(chunk.expectedBits, excess);
    expect(count).toBe(32);
    const trials = 4000;
    const shares = Array.from({ length: count }, (_, i) => Math.exp(weights.logWeight(i + 1)));
    const sum = shares.reduce((total, share) => total + share, 0);
    const found = frequencies(minimalRandom(excess), weights, count, trials);
    const error = found.reduce((total, share, i) => total + Math.abs(share - shares[i] / sum), 0);
    // Mean absolute deviations of a multinomial sum to at most sqrt(2 count / (pi trials)).
    expect(error).toBeLessThan(1.5 * Math.sqrt((2 * count) / (Math.PI * trials)));
  });

  test.each([
    ['minimal', minimalRandom(2)],
    ['ordered', orderedRandom(2)],
  ] as const)('the log weight that %s random coding tells is that of what it picks, in the mean', (_, picker) => {
    const chunk = cutChunks(TILE, 3)[5];
    const differences = Array.from({ length: 4000 }, (_, key) => {
      const weights = prepared({ ...chunk, key });
      const { index, logWeight } = picker(weights, new PrivateRandom(key));
      return weights.logWeight(index) - (logWeight ?? Number.NaN);
    });
    const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
    const variance = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / differences.length;
    expect(variance).toBeGreaterThan(0.01);
    expect(Math.abs(mean)).toBeLessThan(4 * Math.sqrt(variance / differences.length));
  });

  test('ordered random coding gives numbers of lower entropy than minimal random coding', () => {
    const chunks = cutChunks(gaussianTile(1920, [{ share: 1, rho: 3 }], 3), 5);
    const tile = gaussianTile(1920, [{ share: 1, rho: 3 }], 3);
    const meanLog = (picker: Picker): number =>
      chunks.reduce((sum, chunk, i) => {
        const { index } = picker(prepared(chunk, tile), new PrivateRandom(i));
        return sum + Math.log2(index);
      }, 0) / chunks.length;
    expect(meanLog(orderedRandom(4))).toBeLessThan(meanLog(minimalRandom(4)) - 1);
  });

  test('the best of N is the one of the largest weight', () => {
    const weights = prepared(cutChunks(TILE, 4)[2]);
    const { index } = bestOf(4)(weights, new PrivateRandom(1));
    const logs = Array.from({ length: 256 }, (_, i) => weights.logWeight(i + 1));
    expect(logs[index - 1]).toBe(Math.max(...logs));
  });
});
