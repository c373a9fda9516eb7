/** The network's weights in its memory, in the layouts that the program's operations take. */
import type { ConvWeights } from '../../convolution/convolution.ts';
import type { ModulationWeights } from '../modulation.ts';
import { CHANNEL_BLOCK, joinRows, pad, paddedChannels, padFilter, VECTOR } from '../padded-weights.ts';
import type { BlockWeights, LinearWeights, PhotoNetWeights } from '../photo-net-weights.ts';
import type { TileSide } from './feature-maps.ts';
import type { NetworkMemory } from './network-memory.ts';
import type { NetworkKernel } from './network-module.ts';

/** A convolution in memory: channels of its input and output there, and addresses. */
export interface PlacedLayer {
  readonly channels: number;
  readonly outputs: number;
  /** Bias of each output channel. */
  readonly bias: number;
}

/** A 3x3 convolution: its filter, transformed for tiles of either side. */
export interface PlacedConv extends PlacedLayer {
  readonly filters: Readonly<Record<TileSide, number>>;
}

/** A 2x2 convolution with stride 2, or a transposed one. */
export interface PlacedResampling extends PlacedLayer {
  readonly weights: number;
}

/** A linear layer in memory. */
export interface PlacedLinear {
  readonly input: number;
  readonly output: number;
  readonly matrix: number;
  readonly bias: number;
}

/** A residual block: its 3x3 convolutions, and the layer that computes its FiLM. */
export interface PlacedBlock {
  readonly conv1: PlacedConv;
  readonly conv2: PlacedConv;
  readonly film: PlacedLinear;
}

/** All weights of a photo-net. Numbers only, so that another thread can be told. */
export interface PlacedWeights {
  readonly embed: readonly PlacedLinear[];
  readonly convIn: PlacedConv;
  readonly encoder: readonly (readonly PlacedBlock[])[];
  readonly decoder: readonly (readonly PlacedBlock[])[];
  readonly down: readonly PlacedResampling[];
  readonly up: readonly PlacedResampling[];
  readonly convOut: PlacedConv;
}

/** Puts weights into a memory. */
export function placeWeights(memory: NetworkMemory, kernel: NetworkKernel, weights: PhotoNetWeights): PlacedWeights {
  const place = (values: Float32Array): number => {
    const at = memory.reserve(values.byteLength);
    new Float32Array(memory.memory.buffer, at, values.length).set(values);
    return at;
  };
  const conv = (from: ConvWeights, block = CHANNEL_BLOCK): PlacedConv => {
    const [channels, outputs] = [paddedChannels(from.input, block), paddedChannels(from.output)];
    const filter = place(padFilter(from, channels, outputs));
    const transform = (side: TileSide): number => {
      const to = memory.reserve((side + 2) ** 2 * channels * outputs * 4);
      kernel.transformFilter(filter, channels, outputs, side, to);
      return to;
    };
    return { channels, outputs, bias: place(pad(from.bias, outputs)), filters: { 2: transform(2), 4: transform(4) } };
  };
  const linear = ({ input, output, matrix, bias }: LinearWeights): PlacedLinear => ({
    ...{ input, output },
    ...{ matrix: place(matrix), bias: place(bias) },
  });
  const block = ({ conv1, conv2, film }: BlockWeights): PlacedBlock => ({
    ...{ conv1: conv(conv1), conv2: conv(conv2) },
    film: linear(film),
  });
  const down = (from: ConvWeights): PlacedResampling => {
    const [channels, outputs] = [paddedChannels(from.input), paddedChannels(from.output)];
    const packed = packMatrix(padFilter(from, channels, outputs), outputs);
    return { channels, outputs, bias: place(pad(from.bias, outputs)), weights: place(packed) };
  };
  const up = (pair: readonly [ConvWeights, ConvWeights]): PlacedResampling => {
    const [channels, outputs] = [paddedChannels(pair[0].input), paddedChannels(pair[0].output / 2)];
    const packed = packMatrix(joinRows(pair, channels, outputs), 4 * outputs);
    const bias = pair[0].bias.subarray(0, pair[0].output / 2);
    return { channels, outputs, bias: place(pad(bias, outputs)), weights: place(packed) };
  };
  return {
    embed: weights.embed.map(linear),
    convIn: conv(weights.convIn, VECTOR),
    encoder: weights.encoder.map((blocks) => blocks.map(block)),
    decoder: weights.decoder.map((blocks) => blocks.map(block)),
    down: weights.down.map(down),
    up: weights.up.map(up),
    convOut: conv(weights.convOut),
  };
}

/** The weights of the modulation, read where they lie. */
export function modulationWeights(buffer: ArrayBufferLike, placed: PlacedWeights): ModulationWeights {
  const linear = ({ input, output, matrix, bias }: PlacedLinear): LinearWeights => ({
    ...{ input, output },
    matrix: new Float32Array(buffer, matrix, input * output),
    bias: new Float32Array(buffer, bias, output),
  });
  const levels = (from: PlacedWeights['encoder']): ModulationWeights['encoder'] =>
    from.map((blocks) =>
      blocks.map(({ film, conv1 }) => ({
        film: linear(film),
        conv1: { bias: new Float32Array(buffer, conv1.bias, film.output / 2) },
      })),
    );
  return {
    embed: placed.embed.map(linear),
    encoder: levels(placed.encoder),
    decoder: levels(placed.decoder),
  };
}

/** Reorders a matrix (inner, columns) for the products: (columns / 8, inner, 8). */
function packMatrix(matrix: Float32Array, columns: number): Float32Array {
  const packed = new Float32Array(matrix.length);
  const inner = matrix.length / columns;
  for (let column = 0, to = 0; column < columns; column += CHANNEL_BLOCK) {
    for (let i = 0; i < inner; i++, to += CHANNEL_BLOCK) {
      const from = i * columns + column;
      packed.set(matrix.subarray(from, from + CHANNEL_BLOCK), to);
    }
  }
  return packed;
}
