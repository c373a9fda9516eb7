/** Weights of convolutions with channels of zeros added, so that all numbers of channels are multiples of a block. */
import type { ConvWeights } from '../convolution/convolution.ts';

/** Output channels are computed 8 at a time. */
export const CHANNEL_BLOCK = 8;
/** Input channels are read 4 at a time. */
export const VECTOR = 4;

/** Channels of a feature map in memory: a multiple of 8. Those that the network lacks are 0. */
export function paddedChannels(channels: number, block: number = CHANNEL_BLOCK): number {
  return Math.ceil(channels / block) * block;
}

/** Adds zeros at the end. */
export function pad(values: Float32Array, length: number): Float32Array {
  const padded = new Float32Array(length);
  padded.set(values);
  return padded;
}

/** A filter (taps, input, output) with channels of zeros added: (taps, channels, outputs). */
export function padFilter(
  { kernel, input, output, filter }: ConvWeights,
  channels: number,
  outputs: number,
): Float32Array {
  const padded = new Float32Array(kernel * kernel * channels * outputs);
  for (let row = 0; row < kernel * kernel * input; row++) {
    const to = (Math.floor(row / input) * channels + (row % input)) * outputs;
    padded.set(filter.subarray(row * output, (row + 1) * output), to);
  }
  return padded;
}

/**
 * The matrix of a transposed convolution, (channels, 4 * outputs): for each output row of a position, each output column of it.
 *
 * @param pair - as in {@link PhotoNetWeights.up}
 */
export function joinRows(pair: readonly [ConvWeights, ConvWeights], channels: number, outputs: number): Float32Array {
  const { input, output } = pair[0];
  const width = output / 2;
  const joined = new Float32Array(channels * 4 * outputs);
  for (let i = 0; i < input; i++) {
    for (let part = 0; part < 4; part++) {
      const from = i * output + (part & 1) * width;
      const values = (pair[part >> 1] as ConvWeights).filter.subarray(from, from + width);
      joined.set(values, (i * 4 + part) * outputs);
    }
  }
  return joined;
}
