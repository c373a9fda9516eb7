/**
 * Random numbers of training. They depend only on the seed, the step and the example, so checkpoints need no generator
 * state.
 */
import seedrandom from 'seedrandom';

/** Returns uniform random numbers in [0, 1). */
export type Uniform = () => number;

/**
 * Makes a generator for one purpose, e.g. `uniformOf(seed, 'noise', step, example)`. Equal arguments give equal
 * numbers.
 */
export function uniformOf(seed: number, ...purpose: readonly (string | number)[]): Uniform {
  return seedrandom.alea([seed, ...purpose].join('/'));
}

/** Fills an array with samples of N(0, 1), by the transform of Box & Muller (1958). */
export function fillGaussian(values: Float32Array, uniform: Uniform): void {
  for (let i = 0; i < values.length; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    values[i] = radius * Math.cos(angle);
    if (i + 1 < values.length) values[i + 1] = radius * Math.sin(angle);
  }
}

/** A random order of 0..count - 1 (Fisher & Yates). */
export function permutation(count: number, uniform: Uniform): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/**
 * `count` stratified numbers: one in each of `count` equal parts of [0, 1). Each number is uniform, and their mean
 * varies less than that of independent numbers.
 */
export function stratified(count: number, uniform: Uniform): Float64Array {
  const offset = uniform();
  return Float64Array.from({ length: count }, (_, i) => (i + offset) / count);
}
