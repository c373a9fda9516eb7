/** Which time steps are evaluated, and how many each stands for. */
import seedrandom from 'seedrandom';

/** A run of steps of which one, drawn at random, is evaluated for all. */
export interface Stratum {
  /** The steps are first..last, both included. */
  readonly first: number;
  readonly last: number;
  /** The step that is evaluated. */
  readonly t: number;
}

/** A stratum is no longer than this part of its first step: L_{t-1} changes fastest at small t. */
const LONGEST_PART = 1 / 8;

/**
 * Cuts 2..T into strata of `stride` steps at most, shorter at small t. The sum of a stratum's terms is estimated by the drawn term
 * times its length, which is unbiased over seeds; with stride 1 nothing is estimated.
 *
 * @param T - number of steps, >= 1
 * @param stride - integer >= 1
 * @returns in the order of the reverse process, from T down; empty if T is 1
 */
export function drawStrata(T: number, stride: number, seed: number): Stratum[] {
  const random = seedrandom(`analyze/${seed}/strata`);
  const strata: Stratum[] = [];
  for (let first = 2; first <= T; ) {
    const length = Math.max(1, Math.min(stride, Math.floor(first * LONGEST_PART), T - first + 1));
    strata.push({ first, last: first + length - 1, t: first + Math.floor(random() * length) });
    first += length;
  }
  return strata.reverse();
}
