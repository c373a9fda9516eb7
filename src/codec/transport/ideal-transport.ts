/** A transport that costs exactly the KL divergence. It makes no bits; it is for analysis. */
import seedrandom from 'seedrandom';
import type { Sender } from './transport.ts';

/** A source of standard-normal samples, by the polar method (Marsaglia & Bray 1964). */
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
 * A transport that samples c ~ N(a, r). It stands for minimal random coding, which would take KL(q || p) bits (Ho et
 * al. 2020, section 4.3).
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
