import * as fc from 'fast-check';
import seedrandom from 'seedrandom';
import { describe, expect, test } from 'vitest';
import { klBits } from '../../src/codec/channel.ts';
import { GAUSSIAN_QUANTILES } from '../../src/codec/gaussian-table.ts';
import { idealChannel } from '../../src/codec/ideal-channel.ts';
import { gridBudget, nearestGridIndex } from '../../src/codec/side-info.ts';
import { trellisChannel } from '../../src/codec/trellis/channel.ts';
import {
  bitsSpent,
  codeValue,
  decodePath,
  interleave,
  MAX_BITS_PER_STAGE,
  stageEnd,
  startRegister,
  type TileKey,
} from '../../src/codec/trellis/code.ts';
import { type SearchProblem, searchPath } from '../../src/codec/trellis/search.ts';
import { gaussianSampler, moments } from '../support/gaussian.ts';
import { referenceOrder, referencePath, referenceSpent, referenceStageEnd } from '../support/trellis-reference.ts';

const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const key: fc.Arbitrary<TileKey> = fc.record({ seed: word, layer: fc.nat(200), tile: fc.nat(70000) });
const KEY: TileKey = { seed: 7, layer: 3, tile: 1 };

/** Bits as text, most significant first. */
function bitText(packed: Uint8Array, bits: number): string {
  return [...packed]
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('')
    .slice(0, bits);
}

function decoded(packed: Uint8Array, bits: number, tile: TileKey, n: number): Float32Array {
  const out = new Float32Array(n);
  decodePath(packed, bits, tile, out);
  return out;
}

/** A synthetic tile: rho = 1/r - 1 as given, a ~ N(0, 1 - r), as if the model were exact. */
function syntheticTile(n: number, rho: (i: number) => number, seed: string): Omit<SearchProblem, 'bits'> {
  const sample = gaussianSampler(seed);
  const residualVariance = Float32Array.from({ length: n }, (_, i) => 1 / (1 + rho(i)));
  const target = residualVariance.map((r) => Math.sqrt(1 - r) * sample());
  return { target, residualVariance, key: KEY };
}

/** log2 of the importance weight q(c)/p(c): what the decoder has learned. */
function deliveredBits({ target, residualVariance }: Omit<SearchProblem, 'bits'>, c: Float32Array): number {
  let nats = 0;
  for (let i = 0; i < c.length; i++) {
    const r = residualVariance[i];
    nats += 0.5 * (c[i] ** 2 - (c[i] - target[i]) ** 2 / r - Math.log(r));
  }
  return nats / Math.LN2;
}

describe('the pace', () => {
  test('is floor(visited * B / n), and stages end where bits are spent', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 0, max: 1500 }), (n, bits) => {
        let stages = 0;
        for (let start = 0; start < n; start = stageEnd(start, bits, n), stages++) {
          expect(stageEnd(start, bits, n)).toBe(referenceStageEnd(start, bits, n));
          expect(bitsSpent(start, bits, n)).toBe(referenceSpent(start, bits, n));
        }
        expect(stages).toBe(Math.min(Math.max(bits, 1), n));
        expect(bitsSpent(n, bits, n)).toBe(bits);
      }),
    );
  });

  test('is exact for the largest tile at any rate', () => {
    const n = 256 * 256 * 3;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: n * MAX_BITS_PER_STAGE }), fc.nat(n - 1), (bits, start) => {
        const end = stageEnd(start, bits, n);
        expect(end).toBeGreaterThan(start);
        expect(end).toBeLessThanOrEqual(n);
        const spent = referenceSpent(start, bits, n);
        expect(bitsSpent(start, bits, n)).toBe(spent);
        expect(bitsSpent(end, bits, n)).toBe(referenceSpent(end, bits, n));
        expect(referenceSpent(end - 1, bits, n)).toBe(spent);
        expect(referenceSpent(end, bits, n)).toBeGreaterThan(spent);
        expect(referenceSpent(end, bits, n) - spent).toBeLessThanOrEqual(MAX_BITS_PER_STAGE);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('interleave', () => {
  test('is the reference permutation', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 600 }), key, (n, tile) => {
        const order = interleave(n, tile);
        expect([...order]).toEqual(referenceOrder(n, tile));
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
      }),
      { numRuns: 50 },
    );
  });

  test('is a permutation of the largest tile that leaves no order behind', () => {
    const n = 256 * 256 * 3;
    const order = interleave(n, KEY);
    expect(new Set(order).size).toBe(n);
    expect(Math.max(...order.subarray(0, 1000))).toBeLessThan(n);
    const distance = order.reduce((sum, place, i) => sum + Math.abs(place - i), 0) / n;
    expect(distance / n).toBeCloseTo(1 / 3, 2); // E|x - y| of two uniform places
  });
});

describe('decodePath', () => {
  test('is the reference, at rates from none to several bits a coefficient', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 80 }), fc.double({ min: 0, max: 1, noNaN: true }), key, (n, share, tile) => {
        // Mostly low rates, as in streams; up to the limit.
        const bits = Math.floor(share ** 3 * n * MAX_BITS_PER_STAGE);
        const random = seedrandom(`${n}/${bits}`);
        const packed = Uint8Array.from({ length: Math.ceil(bits / 8) }, () => Math.floor(random() * 256));
        expect(decoded(packed, bits, tile, n)).toEqual(referencePath(bitText(packed, bits), tile, n));
      }),
      { numRuns: 200 },
    );
  });

  test('ignores what lies behind its bits, and takes missing bytes for zeros', () => {
    const packed = Uint8Array.of(0b10110111, 0b11111111, 0xff);
    expect(decoded(packed, 12, KEY, 40)).toEqual(decoded(Uint8Array.of(0b10110111, 0b11110000), 12, KEY, 40));
    expect(decoded(new Uint8Array(0), 12, KEY, 40)).toEqual(decoded(new Uint8Array(2), 12, KEY, 40));
  });

  test('without bits gives the values of the start register', () => {
    const order = interleave(192, KEY);
    const values = decoded(new Uint8Array(0), 0, KEY, 192);
    for (let i = 0; i < 192; i++) expect(values[order[i]]).toBe(codeValue(startRegister(KEY), i));
  });

  test('random bits give standard-normal values; siblings are antipodal', () => {
    const n = 1 << 16;
    const random = seedrandom('path');
    const packed = Uint8Array.from({ length: n / 32 }, () => Math.floor(random() * 256));
    const { mean, deviation } = moments(decoded(packed, n / 4, KEY, n));
    expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(deviation - 1)).toBeLessThan(5 / Math.sqrt(n));
    fc.assert(
      fc.property(word, fc.nat(200000), (register, i) => {
        const even = (register & ~1) >>> 0;
        expect(codeValue(even + 1, i)).toBe(-codeValue(even, i));
        expect(GAUSSIAN_QUANTILES.includes(codeValue(register, i))).toBe(true);
      }),
    );
  });
});

describe('searchPath', () => {
  test.each([
    ['0.05 bits a coefficient', 12288, () => 0.072],
    ['0.2 bits a coefficient', 6144, () => 0.32],
    ['1 bit a coefficient', 3072, () => 3],
    ['mixed rates', 6144, (i: number) => (i % 16 === 0 ? 8 : 0.05)],
    ['very mixed rates', 6144, (i: number) => 10 ** ((i % 7) - 5)],
  ] as const)('at %s, 256 paths deliver 0.85 of the bits they spend', (name, n, rho) => {
    const tile = syntheticTile(n, rho, `synthetic/${name}`);
    const bits = Math.round(klBits(tile));
    const values = decoded(searchPath({ ...tile, bits }, 256), bits, KEY, n);
    expect(deliveredBits(tile, values) / bits).toBeGreaterThanOrEqual(0.85);
    // It cannot deliver much more than the target holds either.
    expect(deliveredBits(tile, values) / bits).toBeLessThanOrEqual(1.02);
  });

  test('a wider beam delivers more', () => {
    const tile = syntheticTile(3072, () => 0.32, 'widths');
    const bits = Math.round(klBits(tile));
    const delivered = [1, 4, 16, 64, 256, 1024].map((width) => {
      const packed = searchPath({ ...tile, bits }, width);
      expect(packed).toHaveLength(Math.ceil(bits / 8));
      return deliveredBits(tile, decoded(packed, bits, KEY, 3072)) / bits;
    });
    expect(delivered).toEqual([...delivered].sort((a, b) => a - b));
    expect(delivered[0]).toBeGreaterThan(0.2);
    expect(delivered[5]).toBeGreaterThan(0.9);
  });

  test('one path is the greedy choice of each stage', () => {
    const n = 192;
    const bits = 96;
    const tile = syntheticTile(n, () => 1, 'greedy');
    const text = bitText(searchPath({ ...tile, bits }, 1), bits);
    const order = interleave(n, KEY);
    const weight = (path: string, from: number, to: number): number => {
      const values = referencePath(path.padEnd(bits, '0'), KEY, n);
      const stage = order.slice(from, to);
      return deliveredBits(
        {
          target: tile.target.filter((_, i) => stage.includes(i)),
          residualVariance: tile.residualVariance.filter((_, i) => stage.includes(i)),
          key: KEY,
        },
        values.filter((_, i) => stage.includes(i)),
      );
    };
    for (let stage = 0; stage < bits; stage += 5) {
      const [taken, other] = [text[stage], text[stage] === '0' ? '1' : '0'].map((bit) =>
        weight(text.slice(0, stage) + bit, 2 * stage, 2 * stage + 2),
      );
      expect(taken).toBeGreaterThan(other);
    }
  });

  test('a beam that holds every path finds the best of them', () => {
    const n = 16;
    const bits = 8;
    for (let seed = 0; seed < 10; seed++) {
      const tile = syntheticTile(n, () => 1, `exhaustive/${seed}`);
      const found = searchPath({ ...tile, bits }, 256);
      const weights = Array.from({ length: 256 }, (_, path) =>
        deliveredBits(tile, decoded(Uint8Array.of(path), bits, KEY, n)),
      );
      expect(weights[found[0]]).toBeCloseTo(Math.max(...weights), 3);
    }
  });

  test('any budget, width and size gives as many bits, padded with zeros, the same each time', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.double({ min: 0, max: 4, noNaN: true }),
        fc.integer({ min: 1, max: 40 }),
        (n, rate, width) => {
          const bits = Math.floor(rate * n);
          const problem = { ...syntheticTile(n, () => 3, `${n}/${bits}`), bits };
          const packed = searchPath(problem, width);
          expect(packed).toHaveLength(Math.ceil(bits / 8));
          if (bits % 8) expect(packed[packed.length - 1] & (0xff >> (bits % 8))).toBe(0);
          expect(searchPath(problem, width)).toEqual(packed);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('no bits, and 16 a coefficient', () => {
    const tile = syntheticTile(8, () => 1e6, 'extreme');
    expect(searchPath({ ...tile, bits: 0 }, 16)).toEqual(new Uint8Array(0));
    const bits = 8 * MAX_BITS_PER_STAGE;
    const values = decoded(searchPath({ ...tile, bits }, 1), bits, KEY, 8);
    // 65536 candidates for each coefficient: the best is next to the target.
    for (let i = 0; i < 8; i++) expect(Math.abs(values[i] - tile.target[i])).toBeLessThan(0.01);
  });

  test('goes on where the beam collapses, every 8192 stages', () => {
    const n = 20000;
    const tile = syntheticTile(n, () => 3, 'segments');
    const values = decoded(searchPath({ ...tile, bits: n }, 8), n, KEY, n);
    const order = interleave(n, KEY);
    for (let from = 0; from < n; from += 4000) {
      const part = order.subarray(from, from + 4000);
      const pick = (array: Float32Array): Float32Array => Float32Array.from(part, (i) => array[i]);
      const segment = { target: pick(tile.target), residualVariance: pick(tile.residualVariance), key: KEY };
      expect(deliveredBits(segment, pick(values)) / 4000, `from ${from}`).toBeGreaterThan(0.7);
    }
  });
});

describe('trellisChannel', () => {
  test('gives what the decoder gets, at 1.05 times the ideal on the grid of budgets', () => {
    const tile = syntheticTile(3072, () => 0.3, 'channel');
    const { values, idealBits, bits, packed } = trellisChannel({ beamWidth: 64 }).convey(tile);
    expect(idealBits).toBe(klBits(tile));
    expect(gridBudget(nearestGridIndex(bits))).toBe(bits);
    expect(Math.abs(bits / (1.05 * idealBits) - 1)).toBeLessThan(1 / 16);
    expect(packed).not.toBeNull();
    expect(values).toEqual(decoded(packed as Uint8Array, bits, KEY, 3072));
    const half = trellisChannel({ beamWidth: 64, gamma: 0.5 }).convey(tile);
    expect(Math.abs(half.bits / (0.5 * idealBits) - 1)).toBeLessThan(1 / 16);
  });

  test('a target that the model already knows costs nothing', () => {
    const tile = { target: new Float32Array(192), residualVariance: new Float32Array(192).fill(1), key: KEY };
    expect(trellisChannel({ beamWidth: 4 }).convey(tile)).toMatchObject({ idealBits: 0, bits: 0 });
  });

  test('never spends more than a stream may hold, whatever the target', () => {
    const n = 35; // 16 n lies between two budgets, nearer to the upper one
    const target = new Float32Array(n).fill(1000);
    const channel = trellisChannel({ beamWidth: 1 });
    const { bits } = channel.convey({ target, residualVariance: new Float32Array(n).fill(0.5), key: KEY });
    expect(bits).toBeLessThanOrEqual(n * MAX_BITS_PER_STAGE);
  });
});

describe('idealChannel', () => {
  test('samples N(a, r) and charges the KL divergence', () => {
    const n = 1 << 16;
    const tile = { target: new Float32Array(n).fill(0.5), residualVariance: new Float32Array(n).fill(0.25), key: KEY };
    const { values, idealBits, bits, packed } = idealChannel('a').convey(tile);
    const { mean, deviation } = moments(values);
    expect(mean).toBeCloseTo(0.5, 2);
    expect(deviation).toBeCloseTo(0.5, 2);
    // KL(N(1/2, 1/4) || N(0, 1)) = (1/4 + 1/4 - 1 + 2 ln 2) / 2
    expect(idealBits / n).toBeCloseTo((Math.log(4) - 0.5) / 2 / Math.LN2, 10);
    expect([bits, packed]).toEqual([idealBits, null]);
    expect(idealChannel('a').convey(tile).values).toEqual(values);
    expect(idealChannel('b').convey(tile).values).not.toEqual(values);
  });
});
