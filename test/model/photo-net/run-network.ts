/** Runs photo-nets of any implementation on pictures, without the preconditioning around them. */
import type { BatchShape } from '../../../src/model/denoiser.ts';
import type { PhotoNetwork } from '../../../src/model/photo-net/network-contract.ts';
import { COLOURS, type PatchLayout, packPatches, writePatches } from '../../../src/model/photo-net/photo-net-pixels.ts';
import type { ScalarNetwork } from './scalar-network.ts';

/** Noisy pictures. */
export interface Pictures {
  /** NHWC, 3 channels. */
  readonly y: Float32Array;
  readonly shape: BatchShape;
  readonly sigma: number;
  /** Side of the network's patches. */
  readonly patch: number;
}

/** Batch, and height and width in positions. */
function positionsOf({ shape: { batch, height, width }, patch }: Pictures): BatchShape {
  return { batch, height: height / patch, width: width / patch };
}

/** Copies the first `wanted` channels of patches without the gaps of their layout. */
function gathered(layout: PatchLayout, positions: BatchShape, wanted: number): Float32Array {
  const { values, first, channels, row, image } = layout;
  const { batch, height, width } = positions;
  const dense = new Float32Array(batch * height * width * wanted);
  for (let i = 0; i < batch * height * width; i++) {
    const y = Math.floor(i / width);
    const from = first + Math.floor(y / height) * image + (y % height) * row + (i % width) * channels;
    dense.set(values.subarray(from, from + wanted), i * wanted);
  }
  return dense;
}

/** F, then G, of each position: (batch, height, width, 6 * patch * patch). */
export async function runNetwork(network: PhotoNetwork, pictures: Pictures, exact = true): Promise<Float32Array> {
  const { y, shape, sigma, patch } = pictures;
  const positions = positionsOf(pictures);
  const { patches } = await network.run({ positions, sigma, output: 1, exact }, (input) =>
    writePatches(y, shape, { patch, scale: 1 }, input),
  );
  return gathered(patches, positions, 2 * COLOURS * patch * patch);
}

/** The same of a scalar network. */
export function runScalar(network: ScalarNetwork, pictures: Pictures): Float64Array {
  const { y, shape, sigma, patch } = pictures;
  const { batch, height, width } = positionsOf(pictures);
  const packed = packPatches(y, shape, patch, 1);
  const channels = COLOURS * patch * patch;
  const image = packed.length / batch;
  const answers = new Float64Array(2 * packed.length);
  for (let i = 0; i < batch; i++) {
    const values = Float64Array.from(packed.subarray(i * image, (i + 1) * image));
    answers.set(network.run({ height, width, channels, values }, sigma).values, 2 * i * image);
  }
  return answers;
}
