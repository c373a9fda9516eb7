import seedrandom from 'seedrandom';

/** Standard-normal samples by Box and Muller; equal seeds give equal samples. */
export function gaussianSampler(seed: string): () => number {
  const random = seedrandom(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** n standard-normal samples. */
export function gaussians(n: number, seed: string): Float32Array {
  const sample = gaussianSampler(seed);
  return Float32Array.from({ length: n }, () => sample());
}

/** Uniform bytes. */
export function randomBytes(n: number, seed: string): Uint8Array {
  const random = seedrandom(seed);
  return Uint8Array.from({ length: n }, () => Math.floor(random() * 256));
}

/** Mean and standard deviation. */
export function moments(values: ArrayLike<number>): { mean: number; deviation: number } {
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    sum += values[i];
    squares += values[i] * values[i];
  }
  const mean = sum / values.length;
  return { mean, deviation: Math.sqrt(squares / values.length - mean * mean) };
}
