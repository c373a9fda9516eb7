import * as fc from 'fast-check';
import type { LogSpectrum } from '../../src/codec/transport/transport.ts';

/** Spectra similar to those of calibrations: -11 to 7 octaves, some steep, some flat, some with few distinct values. */
export const randomSpectrum: fc.Arbitrary<LogSpectrum> = fc
  .record({
    values: fc.array(fc.integer({ min: -175, max: 112 }), { minLength: 192, maxLength: 192 }),
    spread: fc.constantFrom(0, 0.1, 1),
  })
  .map(({ values, spread }) => Int32Array.from(values, (value) => Math.round(value * spread)));
