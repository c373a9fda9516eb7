/** Fixtures of models: inputs of the denoiser, and the estimates that another framework (PyTorch) gives for them. */
import type { Tensor } from 'ddpm-codec/model';

/** One image of a fixture. */
export interface ExpectedCase {
  readonly name: string;
  readonly height: number;
  readonly width: number;
  readonly sigma: number;
  /** NHWC, 3 channels. */
  readonly y: Float32Array;
  readonly mean: Float32Array;
  readonly logVariance: Float32Array;
}

/**
 * All images of a fixture, separately, because its batches mix noise levels, which a denoiser does not take.
 *
 * @param tensors - tensors of the fixture: `y`, `sigma`, `mean` and `log_variance` of the groups a, b and c
 * @throws Error if a tensor is missing
 */
export function expectedCases(tensors: ReadonlyMap<string, Tensor>): ExpectedCase[] {
  const tensor = (name: string): Tensor => {
    const found = tensors.get(name);
    if (found === undefined) throw new Error(`no tensor ${name} in the fixture`);
    return found;
  };
  return ['a', 'b', 'c'].flatMap((group) => {
    const [batch = 0, height = 0, width = 0] = tensor(`${group}.y`).shape;
    const size = height * width * 3;
    return Array.from({ length: batch }, (_, i): ExpectedCase => {
      const part = (field: string) => tensor(`${group}.${field}`).data.slice(i * size, (i + 1) * size);
      const sigma = tensor(`${group}.sigma`).data[i] as number;
      const name = `${group}[${i}] ${width}x${height} sigma ${sigma.toPrecision(3)}`;
      return { name, height, width, sigma, y: part('y'), mean: part('mean'), logVariance: part('log_variance') };
    });
  });
}

/** Largest difference relative to the largest expected value; infinite if the lengths differ or nothing was found. */
export function relativeError(found: ArrayLike<number> | null, expected: ArrayLike<number>): number {
  if (found?.length !== expected.length) return Number.POSITIVE_INFINITY;
  let [error, largest] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    error = Math.max(error, Math.abs((found[i] as number) - (expected[i] as number)));
    largest = Math.max(largest, Math.abs(expected[i] as number));
  }
  return error / largest;
}
