/** A transport that costs exactly the KL divergence; for analysis, it makes no bitstream. */
import seedrandom from 'seedrandom';
import type { Sender } from './transport.ts';

/** Standard-normal samples by the polar method (Marsaglia & Bray 1964). */
function gaussianSampler(random: () => number): () => number {
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    for (;;) {
      const u = 2 * random() - 1;
      const v = 2 * random() - 1;
      const s = u * u + v * v;
      if (s > 0 && s < 1) {
        const factor = Math.sqrt((-2 * Math.log(s)) / s);
        spare = v * factor;
        return u * factor;
      }
    }
  };
}

/**
 * Samples c ~ N(a, r), at the cost of KL(q || p): what minimal random coding would take (Ho et al. 2020, section 4.3).
 *
 * @param seed - of the samples; equal seeds give equal samples
 */
export function idealTransport(seed: string): Sender {
  const sample = gaussianSampler(seedrandom(seed));
  return {
    name: 'ideal',
    convey({ target, residualVariance }) {
      const values = Float32Array.from(target, (a, i) => a + Math.sqrt(residualVariance[i]) * sample());
      return { values, packed: null };
    },
  };
}
