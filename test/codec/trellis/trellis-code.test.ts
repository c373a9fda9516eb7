import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BLOCK_COEFFICIENTS } from '../../../src/codec/math/whitening.ts';
import { idealTransport } from '../../../src/codec/transport/ideal-transport.ts';
import type { LogSpectrum, TileKey } from '../../../src/codec/transport/transport.ts';
import { FLAT_SPECTRUM } from '../../../src/codec/trellis/bit-allocation.ts';
import type { SearchTarget } from '../../../src/codec/trellis/passes.ts';
import { PathSearch } from '../../../src/codec/trellis/path-search.ts';
import {
  codeValue,
  decodePath,
  interleave,
  MAX_BITS_PER_COEFFICIENT,
  startRegister,
  tileRoute,
} from '../../../src/codec/trellis/trellis-code.ts';
import { gaussianSampler, moments, randomBytes } from '../../support/gaussian.ts';
import { decodePass, type PassProblem, searchPass } from '../../support/one-pass.ts';
import { randomSpectrum } from '../../support/spectra.ts';
import { referenceOrder, referencePath, referenceValue } from '../../support/trellis-reference.ts';

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

function packText(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length / 8 }, (_, i) => Number.parseInt(text.slice(8 * i, 8 * i + 8), 2));
}

/** Code values of the passes of a tile. */
function decoded(
  packed: Uint8Array,
  bits: number,
  tile: TileKey,
  n: number,
  spectrum: LogSpectrum = FLAT_SPECTRUM,
): Float32Array[] {
  return decodePath({ packed, bits, key: tile, spectrum }, n).passes.map(({ values }) => values);
}

/** A synthetic tile with the given rho = 1/r - 1 and a ~ N(0, 1 - r), as if the model were exact. */
function syntheticTile(n: number, rho: (i: number) => number, seed: string): Omit<PassProblem, 'bits'> {
  const sample = gaussianSampler(seed);
  const residualVariance = Float32Array.from({ length: n }, (_, i) => 1 / (1 + rho(i)));
  const target = residualVariance.map((r) => Math.sqrt(1 - r) * sample());
  return { target, residualVariance, key: KEY, spectrum: FLAT_SPECTRUM };
}

/** KL(N(a, r) || N(0, 1)) in bits. */
function klBits({ target, residualVariance }: SearchTarget): number {
  let nats = 0;
  for (const [i, r] of residualVariance.entries()) nats += 0.5 * (r + target[i] ** 2 - 1 - Math.log(r));
  return nats / Math.LN2;
}

/** log2 of the importance weight q(c)/p(c), the information that the decoder has received. */
function deliveredBits({ target, residualVariance }: SearchTarget, c: Float32Array): number {
  let nats = 0;
  for (let i = 0; i < c.length; i++) {
    const r = residualVariance[i];
    nats += 0.5 * (c[i] ** 2 - (c[i] - target[i]) ** 2 / r - Math.log(r));
  }
  return nats / Math.LN2;
}

function searchPath(problem: PassProblem, width: number): Uint8Array {
  return searchPass(new PathSearch(width), problem);
}

/** Code values of a single pass with a flat spectrum. */
function decodedPass(packed: Uint8Array, bits: number, n: number): Float32Array {
  return decodePass(packed, { bits, key: KEY, spectrum: FLAT_SPECTRUM }, n);
}

describe('interleave', () => {
  test('is the reference permutation', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), key, (blocks, tile) => {
        const n = blocks * BLOCK_COEFFICIENTS;
        const order = interleave(n, tile);
        expect([...order]).toEqual(referenceOrder(n, tile));
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
      }),
      { numRuns: 50 },
    );
  });

  test('of the largest tile has each class once in a run, from blocks in random order', () => {
    const n = 256 * 256 * 3;
    const order = interleave(n, KEY);
    expect(new Set(order).size).toBe(n);
    const classes = order.map((place) => place % BLOCK_COEFFICIENTS);
    expect(new Set(classes.subarray(0, BLOCK_COEFFICIENTS)).size).toBe(BLOCK_COEFFICIENTS);
    expect(classes.every((band, i) => band === classes[i % BLOCK_COEFFICIENTS])).toBe(true);
    const blocks = n / BLOCK_COEFFICIENTS;
    const distance = order.reduce((sum, place, i) => sum + Math.abs(place - i), 0) / n;
    expect(distance / n).toBeCloseTo(1 / 3, 2); // E|x - y| of two uniform positions
    // A run takes its 192 classes from 192 draws of 1024 blocks: 1024 (1 - (1 - 1/1024)^192) = 175 different ones.
    for (const run of [0, 500, blocks - 1]) {
      const taken = order.subarray(run * BLOCK_COEFFICIENTS, (run + 1) * BLOCK_COEFFICIENTS);
      expect(new Set(taken.map((place) => Math.floor(place / BLOCK_COEFFICIENTS))).size).toBeGreaterThan(150);
    }
  });
});

describe('decodePath', () => {
  test('is the reference, at rates from none to the most, for any spectrum', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        key,
        randomSpectrum,
        (blocks, share, tile, spectrum) => {
          const n = blocks * BLOCK_COEFFICIENTS;
          // Mostly low rates, as in streams, but up to the limit.
          const bits = Math.floor(share ** 3 * n * MAX_BITS_PER_COEFFICIENT);
          const packed = randomBytes(Math.ceil(bits / 8), `${n}/${bits}`);
          const expected = referencePath(bitText(packed, bits), tile, n, spectrum);
          expect(decoded(packed, bits, tile, n, spectrum)).toEqual(expected);
          if (bits === 0) expect(expected).toEqual([withoutBits(tile, n)]);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('of the first bits knows the stages whose bits are all there, pass by pass', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400 }), fc.nat(400), randomSpectrum, (bits, some, spectrum) => {
        const n = 384;
        const path = { packed: randomBytes(50, `${bits}`), bits, key: KEY, spectrum };
        const available = Math.min(some, bits);
        const whole = decodePath(path, n).passes;
        const { order, passes } = decodePath(path, n, available);
        const route = tileRoute(path, n);
        expect(passes).toHaveLength(whole.length);
        let before = 0;
        for (const [i, { values, visited }] of passes.entries()) {
          const { bits: passBits, stages } = route.passes[i];
          let known = 0;
          let spent = before;
          for (let stage = 0; stage < (stages?.count ?? 0); stage++) {
            spent += stages?.bits[stage] ?? 0;
            if (spent <= available) known = stages?.end[stage] ?? 0;
          }
          before += passBits;
          expect(visited).toBe(before <= available ? n : known);
          order.forEach((place, visit) => {
            expect(values[place]).toBe(visit < visited ? whole[i].values[place] : 0);
          });
        }
      }),
    );
  });

  test('of the first bits reads no others', () => {
    const [packed, noise] = ['a', 'b'].map((name) => randomBytes(48, name));
    for (let available = 0; available < 384; available += 7) {
      const changed = packed.map((byte, i) => {
        const kept = Math.min(Math.max(available - 8 * i, 0), 8);
        return (byte & (0xff00 >> kept)) | (noise[i] & (0xff >> kept));
      });
      const path = { bits: 384, key: KEY, spectrum: FLAT_SPECTRUM };
      expect(decodePath({ ...path, packed }, 192, available)).toEqual(
        decodePath({ ...path, packed: changed }, 192, available),
      );
    }
  });

  test('ignores bits after its own, and treats missing bytes as zeros', () => {
    const packed = Uint8Array.of(0b10110111, 0b11111111, 0xff);
    expect(decoded(packed, 12, KEY, 192)).toEqual(decoded(Uint8Array.of(0b10110111, 0b11110000), 12, KEY, 192));
    expect(decoded(new Uint8Array(0), 12, KEY, 192)).toEqual(decoded(new Uint8Array(2), 12, KEY, 192));
  });

  /** Code values of the start register. */
  function withoutBits(tile: TileKey, n: number): Float32Array {
    const values = new Float32Array(n);
    referenceOrder(n, tile).forEach((place, i) => {
      values[place] = codeValue(startRegister(tile), i);
    });
    return values;
  }

  test('without bits gives the values of the start register', () => {
    expect(decoded(new Uint8Array(0), 0, KEY, 192)).toEqual([withoutBits(KEY, 192)]);
  });

  test('random bits give standard-normal values; siblings are antipodal', () => {
    const n = BLOCK_COEFFICIENTS * 344;
    const packed = randomBytes(n / 32, 'path');
    for (const values of decoded(packed, n / 4, KEY, n)) {
      const { mean, deviation } = moments(values);
      expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(n));
      expect(Math.abs(deviation - 1)).toBeLessThan(5 / Math.sqrt(n));
    }
    fc.assert(
      fc.property(word, fc.nat(200000), (register, i) => {
        const even = (register & ~1) >>> 0;
        expect(codeValue(even + 1, i)).toBe(-codeValue(even, i));
        expect(codeValue(register, i)).toBe(referenceValue(BigInt(register), i));
      }),
    );
  });
});

describe('PathSearch', () => {
  test.each([
    ['0.05 bits a coefficient', 0.85, 12288, () => 0.072],
    ['0.2 bits a coefficient', 0.85, 6144, () => 0.32],
    ['1 bit a coefficient', 0.85, 3072, () => 3],
    ['mixed rates', 0.85, 6144, (i: number) => (i % 16 === 0 ? 8 : 0.05)],
    ['very mixed rates', 0.82, 6144, (i: number) => 10 ** ((i % 7) - 5)],
  ] as const)('at %s, 256 paths deliver %f of the bits they spend', (name, least, n, rho) => {
    const tile = syntheticTile(n, rho, `synthetic/${name}`);
    const bits = Math.round(klBits(tile));
    const values = decodedPass(searchPath({ ...tile, bits }, 256), bits, n);
    expect(deliveredBits(tile, values) / bits).toBeGreaterThanOrEqual(least);
    // The code cannot deliver much more information than the target contains.
    expect(deliveredBits(tile, values) / bits).toBeLessThanOrEqual(1.02);
  });

  test('a wider beam delivers more', () => {
    const tile = syntheticTile(3072, () => 0.32, 'widths');
    const bits = Math.round(klBits(tile));
    const delivered = [1, 4, 16, 64, 256, 1024].map((width) => {
      const packed = searchPath({ ...tile, bits }, width);
      expect(packed).toHaveLength(Math.ceil(bits / 8));
      return deliveredBits(tile, decodedPass(packed, bits, 3072)) / bits;
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
      const values = decodedPass(packText(path.padEnd(bits, '0')), bits, n);
      const stage = order.slice(from, to);
      return deliveredBits(
        {
          target: tile.target.filter((_, i) => stage.includes(i)),
          residualVariance: tile.residualVariance.filter((_, i) => stage.includes(i)),
        },
        values.filter((_, i) => stage.includes(i)),
      );
    };
    for (let stage = 0; stage < bits; stage += 5) {
      const [taken, other] = [text[stage], text[stage] === '0' ? '1' : '0'].map((bit) =>
        weight(text.slice(0, stage) + bit, 2 * stage, 2 * stage + 2),
      );
      // Scores that differ by less than 1/16 nat (0.09 bits) count as equal.
      expect(taken).toBeGreaterThan(other - 0.1);
    }
  });

  test('a beam that holds every path finds the best of them', () => {
    const n = 192;
    const bits = 8;
    for (let seed = 0; seed < 10; seed++) {
      const tile = syntheticTile(n, () => 0.08, `exhaustive/${seed}`);
      const found = searchPath({ ...tile, bits }, 256);
      const weights = Array.from({ length: 256 }, (_, path) =>
        deliveredBits(tile, decodedPass(Uint8Array.of(path), bits, n)),
      );
      expect(weights[found[0]]).toBeCloseTo(Math.max(...weights), 3);
    }
  });

  test('uses exactly the budget for any width and size, padded with zeros, and is deterministic', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        fc.double({ min: 0, max: 4, noNaN: true }),
        fc.integer({ min: 1, max: 40 }),
        randomSpectrum,
        (blocks, rate, width, spectrum) => {
          const n = blocks * BLOCK_COEFFICIENTS;
          const bits = Math.floor(rate * n);
          const problem = { ...syntheticTile(n, () => 3, `${n}/${bits}`), bits, spectrum };
          const packed = searchPath(problem, width);
          expect(packed).toHaveLength(Math.ceil(bits / 8));
          if (bits % 8) expect(packed[packed.length - 1] & (0xff >> (bits % 8))).toBe(0);
          expect(searchPath(problem, width)).toEqual(packed);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('works without bits, and with the largest number of bits', () => {
    const n = 192;
    const tile = syntheticTile(n, () => 1e6, 'extreme');
    expect(searchPath({ ...tile, bits: 0 }, 16)).toEqual(new Uint8Array(0));
    const bits = n * MAX_BITS_PER_COEFFICIENT;
    const values = decodedPass(searchPath({ ...tile, bits }, 256), bits, n);
    const { deviation } = moments(values.map((value, i) => value - tile.target[i]));
    // The rate-distortion bound for 4 bits a value is 2^-4.
    expect(deviation).toBeGreaterThan(2 ** -4);
    expect(deviation).toBeLessThan(2 ** -3.5);
  });

  test('gives the same results when reused for other sizes and rates', () => {
    const search = new PathSearch(16);
    for (const [n, rate] of [
      [192, 0.1],
      [768, 3.5],
      [192, 1],
      [4032, 0.02],
      [192, 4],
      [768, 3.5],
    ]) {
      const problem = { ...syntheticTile(n, () => 2, `again/${n}`), bits: Math.floor(n * rate) };
      expect(searchPass(search, problem), `${n} at ${rate}`).toEqual(searchPath(problem, 16));
    }
  });

  test('continues after the beam is reduced to one path, every 8192 stages', () => {
    const n = BLOCK_COEFFICIENTS * 105;
    const tile = syntheticTile(n, () => 3, 'segments');
    const values = decodedPass(searchPath({ ...tile, bits: n }, 16), n, n);
    const order = interleave(n, KEY);
    for (let from = 0; from < n; from += 4032) {
      const part = order.subarray(from, from + 4032);
      const pick = (array: Float32Array): Float32Array => Float32Array.from(part, (i) => array[i]);
      const segment = { target: pick(tile.target), residualVariance: pick(tile.residualVariance) };
      expect(deliveredBits(segment, pick(values)) / part.length, `from ${from}`).toBeGreaterThan(0.77);
    }
  });
});

describe('idealTransport', () => {
  test('samples N(a, r)', () => {
    const n = BLOCK_COEFFICIENTS * 344;
    const target = new Float32Array(n).fill(0.5);
    const residualVariance = new Float32Array(n).fill(0.25);
    const tile = { target, residualVariance, key: KEY, spectrum: FLAT_SPECTRUM, bits: 0, blocksWide: 344 };
    const { values, packed } = idealTransport('a').convey(tile);
    const { mean, deviation } = moments(values);
    expect(mean).toBeCloseTo(0.5, 2);
    expect(deviation).toBeCloseTo(0.5, 2);
    expect(packed).toBeNull();
    expect(idealTransport('a').convey(tile).values).toEqual(values);
    expect(idealTransport('b').convey(tile).values).not.toEqual(values);
  });
});
