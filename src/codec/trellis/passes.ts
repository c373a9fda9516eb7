/**
 * The two passes of the trellis code over the coefficients of a tile. Both tell the same c ~ N(a, r), the first one with
 * more noise. They need no run of the network in between, spend their bits at least as well as one pass does, and make
 * a layer that is cut half-way worth what it took: after the first pass the state has a lower noise level everywhere.
 * docs/format.md, "Passes"; docs/design/trellis.md, "Two passes".
 *
 * What a layer tells of a is an observation c = a + N(0, r). Of its signal-to-noise ratio the first pass has the share f:
 * it observes o1 = a + N(0, r / f), the second one o2 = a + N(0, r / (1 - f)), and c = f o1 + (1 - f) o2. Each is sent as
 * a code value that is N(0, 1) to a decoder who knows the passes before. With g = f + (1 - f) r the first code value
 * is o1 sqrt(f / g), with the residual variance r / g; that of the second one is g, and c follows from both as
 * c = sqrt(1 - v) c1 + sqrt(v) c2 with v = (1 - f) r / g.
 */

/** What the code values of a pass, or of a whole layer, are to be: a sample c ~ N(target, residualVariance). */
export interface SearchTarget {
  /** a, n values in canonical order. */
  readonly target: Float32Array;
  /** r in (0, 1], n values. */
  readonly residualVariance: Float32Array;
  /** Factors of what the search counts for each coefficient, 0 or more; default: 1. */
  readonly emphasis?: Float32Array;
}

/** f: share of a layer's signal-to-noise ratio that the first pass brings. */
export const FIRST_SHARE: number = 3 / 8;
const REST = 1 - FIRST_SHARE;

/** g: residual variance of the second pass, for r of the layer; that of the first one is r / g. */
function secondVariance(r: number): number {
  return FIRST_SHARE + REST * r;
}

/** o1 / c1: observation of the first pass over its code value. */
export function firstScale(r: number): number {
  return Math.sqrt(secondVariance(r) / FIRST_SHARE);
}

// Plain loops: these take a tenth of a search, and callbacks would double that.

/** Memory for what a pass of n coefficients aims at. */
function emptyTarget(n: number): SearchTarget {
  return { target: new Float32Array(n), residualVariance: new Float32Array(n) };
}

/** What the first pass aims at. */
export function firstTarget({ target, residualVariance }: SearchTarget): SearchTarget {
  const pass = emptyTarget(target.length);
  for (let i = 0; i < target.length; i++) {
    const r = residualVariance[i];
    pass.target[i] = target[i] / firstScale(r);
    pass.residualVariance[i] = r / secondVariance(r);
  }
  return pass;
}

/**
 * What the second pass aims at.
 *
 * @param first - code values of the first pass
 */
export function secondTarget({ target, residualVariance }: SearchTarget, first: Float32Array): SearchTarget {
  const pass = emptyTarget(target.length);
  for (let i = 0; i < target.length; i++) {
    const r = residualVariance[i];
    const mean = ((1 - r) / firstScale(r)) * first[i];
    pass.target[i] = (target[i] - mean) * Math.sqrt((REST * secondVariance(r)) / r);
    pass.residualVariance[i] = secondVariance(r);
  }
  return pass;
}

/** c of the layer, from the code values of both passes. */
export function joinPasses(residualVariance: Float32Array, first: Float32Array, second: Float32Array): Float32Array {
  const values = new Float32Array(residualVariance.length);
  for (let i = 0; i < values.length; i++) {
    const r = residualVariance[i];
    const share = (REST * r) / secondVariance(r);
    values[i] = Math.sqrt(1 - share) * first[i] + Math.sqrt(share) * second[i];
  }
  return values;
}
