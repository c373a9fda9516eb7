import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BitHistories, mixHash } from '../../../../src/codec/tail/reference/bit-histories.ts';
import { EXPERTS, Experts, newMasses } from '../../../../src/codec/tail/reference/experts.ts';
import { f32, squash32 } from '../../../../src/codec/tail/reference/float32.ts';
import { LogisticMixer } from '../../../../src/codec/tail/reference/logistic-mixer.ts';
import { SecondaryEstimate } from '../../../../src/codec/tail/reference/secondary-estimate.ts';
import { VALUE_CONTEXTS, ValueContexts } from '../../../../src/codec/tail/reference/value-contexts.ts';

describe('secondary estimate', () => {
  it('starts as the logistic function between -8 and 8, and learns the share of ones of a row', () => {
    const table = new SecondaryEstimate(2);
    fc.assert(
      fc.property(fc.float({ min: -8, max: f32(7.5), noNaN: true }), (logit) => {
        expect(Math.abs(table.probability(logit, 1) - squash32(logit))).toBeLessThan(4e-3);
      }),
    );
    for (let i = 0; i < 4000; i++) {
      table.probability(0, 0);
      table.learn(i % 4 === 0 ? 1 : 0);
    }
    expect(table.probability(0, 0)).toBeCloseTo(0.25, 1);
    expect(table.probability(0, 1)).toBe(0.5);
    expect(table.probability(100, 0)).toBe(table.probability(12, 0));
  });
});

describe('logistic mixer', () => {
  it('trusts the input that is right', () => {
    const mixer = new LogisticMixer(Float32Array.of(0.2, 0.2, 0.2, 0), [1, 1, 1, 2], 1);
    const mix = (bit: number): number => {
      mixer.inputs.set([bit ? 2 : -2, bit ? -2 : 2, 1, 0]);
      return squash32(mixer.logit(0));
    };
    expect(mix(1)).toBeCloseTo(squash32(f32(0.2)), 5);
    for (let i = 0; i < 3000; i++) {
      mix(i % 2);
      mixer.learn(i % 2);
    }
    expect(mix(1)).toBeGreaterThan(0.99);
    expect(mix(0)).toBeLessThan(0.01);
    // The other row of the last set has learned nothing, the three other sets have.
    mixer.rows[3] = 1;
    expect(mix(1)).toBeGreaterThan(0.9);
    expect(mix(1)).toBeLessThan(0.999);
  });

  it('never says more than a logit of 12', () => {
    const mixer = new LogisticMixer(new Float32Array(4).fill(100), [1, 1, 1, 1], 1);
    mixer.inputs.fill(10);
    expect(mixer.logit(0)).toBe(12);
    expect(mixer.probability).toBe(squash32(12));
  });
});

describe('histories', () => {
  it('count outcomes of a decision in its contexts, and discount those before a change', () => {
    const histories = new BitHistories(2, 64);
    const logits = new Float32Array(3);
    const look = (first: number, depth: number, node: number): Float32Array => {
      histories.hashes.set([first, 77]);
      histories.begin();
      histories.look(depth, node, logits, 1);
      return logits;
    };
    expect([...look(5, 6, 90)]).toEqual([0, 0, 0]);
    for (let i = 0; i < 20; i++) {
      look(5, 6, 90);
      histories.learn(1);
    }
    expect(look(5, 6, 90)[1]).toBeGreaterThan(2);
    expect(histories.outcomes(0)).toBe(15);
    histories.learn(0);
    look(5, 6, 90);
    expect(histories.outcomes(0)).toBe(1 + 8);
    // Another context, the same second one; another decision.
    expect(look(6, 6, 90)[1]).toBe(0);
    expect(histories.outcomes(1)).toBe(9);
    expect([...look(5, 6, 91)]).toEqual([0, 0, 0]);
    expect([...look(5, 2, 5)]).toEqual([0, 0, 0]);
  });

  it('of a bucket that another context takes are lost', () => {
    const histories = new BitHistories(1, 1);
    const logits = new Float32Array(1);
    const look = (hash: number): number => {
      histories.hashes[0] = hash;
      histories.begin();
      histories.look(0, 1, logits, 0);
      return histories.outcomes(0);
    };
    look(1);
    histories.learn(1);
    expect(look(1)).toBe(1);
    // More contexts than the 1024 buckets hold.
    for (let i = 2; i < 20_000; i++) look(mixHash(i, 3));
    expect(look(1)).toBe(0);
  });
});

describe('contexts of values', () => {
  it('depend on the neighbours, the colours before and the prediction as docs/format.md, "Tail histories" says', () => {
    const contexts = new ValueContexts({ width: 2, height: 3 });
    const hashes = new Uint32Array(VALUE_CONTEXTS);
    const of = (mean: number): number[] => {
      contexts.fill(hashes, 1, mean);
      return [...hashes];
    };
    const pixel = (column: number, ...greys: number[]): number[] => {
      contexts.visit(column);
      contexts.tell(0, greys[0]);
      const found = of(100);
      for (let c = 1; c < 3; c++) contexts.tell(c, greys[c]);
      return found;
    };
    const first = pixel(0, 7, 8, 9);
    expect(first[1]).toBe(mixHash(mixHash(mixHash(2 * 256 + 7, 77), 0), 1));
    const second = pixel(1, 7, 8, 9);
    expect(second[0]).toBe(first[0]);
    expect(second[1]).toBe(mixHash(mixHash(mixHash(2 * 256 + 7, 77), 0x070809), 1));
    expect(second[2]).toBe(first[2]);
    const below = pixel(0, 1, 2, 3);
    const row = 0x070809;
    const own = mixHash(2 * 256 + 1, 77);
    expect(below[2]).toBe(mixHash(mixHash(own, row), 2));
    contexts.visit(1);
    contexts.tell(0, 1);
    expect(of(100)[3]).toBe(of(101)[3]);
    expect(of(100)[3]).not.toBe(of(104)[3]);
    expect(of(100)[2]).toBe(of(200)[2]);
  });
});

describe('experts', () => {
  it('give masses above and below an edge with sum 1, which fall with the edge', () => {
    const experts = new Experts();
    experts.means.fill(100);
    experts.inverses.fill(0.5);
    for (let k = 0; k < EXPERTS; k++) experts.weights.set(k < 3 ? [0.25, 0.25, 0.5] : [1, 0, 0], 3 * k);
    const [lower, upper] = [newMasses(), newMasses()];
    for (let edge = 1; edge < 255; edge++) {
      experts.masses(edge, lower);
      experts.masses(edge + 1, upper);
      for (let k = 0; k < EXPERTS; k++) {
        expect(lower.above[k] + lower.below[k]).toBeCloseTo(1, 6);
        expect(upper.above[k]).toBeLessThanOrEqual(lower.above[k]);
        const exact = 1 / (1 + Math.exp((edge - 100.5) / 2));
        expect(lower.above[k]).toBeCloseTo(exact, 4);
      }
    }
    experts.masses(255, upper);
    expect(upper.above[3]).toBeGreaterThanOrEqual(2 ** -24);
  });
});
