import { describe, expect, test } from 'vitest';
import { type AnalysisTerm, analysisCsv, imperceptibleShare, toCsv } from '../../src/analysis/analysis-report.ts';
import { drawStrata } from '../../src/analysis/strata.ts';

describe('imperceptibleShare', () => {
  const terms = [
    { rmse: 20, rateBitsPerDim: 0.1 },
    { rmse: 2, rateBitsPerDim: 1 },
    { rmse: 1, rateBitsPerDim: 1.5 },
    { rmse: 0.5, rateBitsPerDim: 2.5 },
  ];
  const whole = { total: 4, decoder: 1.5 };

  test('interpolates between the steps around the error', () => {
    const found = imperceptibleShare(terms, whole, 0.95);
    expect(found.rateBitsPerDim).toBeCloseTo(1.6, 12);
    expect(found.share).toBeCloseTo(0.6, 12);
    expect(found).toMatchObject({ rmse: 0.95, decoderShare: 0.375 });
  });

  test('says so if the error stays above, or is below from the start', () => {
    expect(imperceptibleShare(terms, whole, 0.4)).toMatchObject({ rateBitsPerDim: null, share: null });
    expect(imperceptibleShare(terms, whole, 30)).toMatchObject({ rateBitsPerDim: 0.1, share: 0.975 });
  });
});

describe('CSV', () => {
  test('fields that need it are quoted; null is empty', () => {
    expect(
      toCsv([
        ['a', 'b,"c"'],
        [1.5, null],
        ['x\ny', 0],
      ]),
    ).toBe('a,"b,""c"""\r\n1.5,\r\n"x\ny",0\r\n');
  });

  test('a row for each term, with rates that are labelled ideal', () => {
    const term: AnalysisTerm = {
      t: 2,
      timestep: 20,
      sigma: 0.5,
      reverseSteps: 3,
      bitsPerDim: 0.25,
      weight: 1,
      rateBitsPerDim: 1.5,
      rmse: 7,
      psnr: null,
    };
    const [heading, row, end] = analysisCsv({ terms: [term] }).split('\r\n');
    expect(heading).toBe(
      't,timestep,sigma,reverse_steps,weight,ideal_term_bits_per_dim,ideal_rate_bits_per_dim,rmse,psnr_db',
    );
    expect(row).toBe('2,20,0.5,3,1,0.25,1.5,7,');
    expect(end).toBe('');
  });
});

describe('drawStrata', () => {
  test.each([
    [1000, 1],
    [1000, 10],
    [1000, 5000],
    [7, 3],
    [2, 4],
    [1, 1],
  ])('covers 2..%i with stride %i, each step once', (T, stride) => {
    const strata = drawStrata(T, stride, 5);
    let next = T;
    for (const { first, last, t } of strata) {
      expect(last).toBe(next);
      expect(t).toBeGreaterThanOrEqual(first);
      expect(t).toBeLessThanOrEqual(last);
      expect(last - first + 1).toBeLessThanOrEqual(stride);
      next = first - 1;
    }
    expect(next).toBe(1);
    if (stride === 1) expect(strata).toHaveLength(T - 1);
  });

  test('every step of a stratum is drawn by some seed, and equal seeds draw alike', () => {
    const drawn = new Set(Array.from({ length: 60 }, (_, seed) => drawStrata(1000, 10, seed)[0].t));
    expect(Math.max(...drawn) - Math.min(...drawn) + 1).toBe(drawn.size);
    expect(drawn.size).toBeGreaterThan(1);
    expect(drawStrata(1000, 10, 3)).toEqual(drawStrata(1000, 10, 3));
  });
});
