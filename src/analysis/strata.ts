/** Chooses the time steps that are evaluated when not all are, and how many steps each stands for. */
import seedrandom from 'seedrandom';

/** Consecutive time steps, of which one random step is evaluated in place of all. */
export interface Stratum {
  /** The first step of the stratum. */
  readonly first: number;
  /** The last step of the stratum (included). */
  readonly last: number;
  /** The step that is evaluated. */
  readonly t: number;
}

/**
 * Largest length of a stratum as a part of its first step. Strata are short at small t, where L_{t-1} changes fastest.
 */
const LONGEST_PART = 1 / 8;

/**
 * Cuts the steps 2..T into strata of at most `stride` steps, fewer at small t. The evaluated term times the length of
 * the stratum is an unbiased estimate of the sum of its terms. With stride 1 every step is evaluated.
 *
 * @param T - number of steps, >= 1
 * @param stride - integer >= 1
 * @returns strata in the order of the reverse process, from T down; empty if T is 1
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
