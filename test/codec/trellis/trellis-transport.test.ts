import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BLOCK_COEFFICIENTS } from '../../../src/codec/math/whitening.ts';
import type { Observations, PartialMessage } from '../../../src/codec/transport/transport.ts';
import { FIRST_SHARE, firstScale, joinPasses } from '../../../src/codec/trellis/passes.ts';
import { decodePath, tileRoute } from '../../../src/codec/trellis/trellis-code.ts';
import { trellisTransport } from '../../../src/codec/trellis/trellis-transport.ts';
import { gaussians, randomBytes } from '../../support/gaussian.ts';

const N = 32 * BLOCK_COEFFICIENTS;
const KEY = { seed: 7, layer: 3, tile: 1 };
const spectrum = Int32Array.from({ length: BLOCK_COEFFICIENTS }, (_, i) => 40 - (i % 64));
const residualVariance = Float32Array.from({ length: N }, (_, i) => 1 / (1 + 0.05 * (1 + (i % 20))));
const tile = { residualVariance, key: KEY, spectrum, blocksWide: 8 };
const target = gaussians(N, 'target').map((value, i) => value * Math.sqrt(1 - residualVariance[i]));
const transport = trellisTransport({ beamWidth: 64 });

function receivePart(message: PartialMessage): Observations {
  return transport.receivePart?.(tile, message) ?? expect.fail('parts of messages');
}

/** Mean of (c - a)^2 / r, which is 1 for a sample of q. */
function excess(values: Float32Array): number {
  return values.reduce((sum, c, i) => sum + (c - target[i]) ** 2 / residualVariance[i], 0) / N;
}

describe('trellisTransport', () => {
  test.each([0, 1, 2, 3, 300, 5000])("with %i bits returns the decoder's values", (bits) => {
    const { values, packed } = transport.convey({ ...tile, target, bits });
    expect(packed).toHaveLength(Math.ceil(bits / 8));
    expect(transport.receive(tile, { packed: packed as Uint8Array, bits })).toEqual(values);
  });

  test('at the rate of the target conveys nearly a sample of q: both passes reach their aims', () => {
    const nats = target.reduce(
      (sum, a, i) => sum + 0.5 * (residualVariance[i] + a * a - 1 - Math.log(residualVariance[i])),
      0,
    );
    const bits = Math.round((1.1 * nats) / Math.LN2);
    expect(tileRoute({ bits, key: KEY, spectrum }, N).passes).toHaveLength(2);
    expect(excess(transport.convey({ ...tile, target, bits }).values)).toBeLessThan(1.1);
    expect(excess(transport.convey({ ...tile, target, bits: 0 }).values)).toBeGreaterThan(1.4);
  });

  test('a part of a message tells c of the first pass, then c of both, of the coefficients whose bits are there', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), fc.double({ min: 0, max: 1, noNaN: true }), (bits, cut) => {
        const packed = randomBytes(Math.ceil(bits / 8), `${bits}`);
        const available = Math.floor(cut * bits);
        const { values, share } = receivePart({ packed, bits, available });
        const { order, passes } = decodePath({ packed, bits, key: KEY, spectrum }, N, available);
        const whole = decodePath({ packed, bits, key: KEY, spectrum }, N).passes.map((pass) => pass.values);
        const [first, second] = whole;
        const joined = second ? joinPasses(residualVariance, first, second) : first;
        const alone = first.map((c, i) => firstScale(residualVariance[i]) * c);
        order.forEach((place, visit) => {
          const isWhole = visit < passes[passes.length - 1].visited;
          const isFirst = !isWhole && visit < passes[0].visited;
          expect(share[place]).toBe(isWhole ? 1 : isFirst ? FIRST_SHARE : 0);
          expect(values[place]).toBe(isWhole ? joined[place] : isFirst ? Math.fround(alone[place]) : 0);
        });
      }),
      { numRuns: 30 },
    );
  });

  test('a part of a message that is all of it tells c of all coefficients', () => {
    for (const bits of [1, 2, 3, 900]) {
      const { values, packed } = transport.convey({ ...tile, target, bits });
      const part = receivePart({ packed: packed as Uint8Array, bits, available: bits });
      expect(part.values).toEqual(values);
      expect(new Set(part.share)).toEqual(new Set([1]));
    }
  });

  test('all of a message without bits is there', () => {
    const { values, share } = receivePart({ packed: new Uint8Array(0), bits: 0, available: 0 });
    expect(new Set(share)).toEqual(new Set([1]));
    expect(values).toEqual(transport.receive(tile, { packed: new Uint8Array(0), bits: 0 }));
    expect(values.some((c) => c !== 0)).toBe(true);
  });
});
