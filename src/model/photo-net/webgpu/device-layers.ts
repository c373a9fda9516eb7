/** The network's layers on a graphics device: filters in buffers of their own, factors of all steps in one. */
import type { ConvWeights } from '../../convolution/convolution.ts';
import type { Film } from '../modulation.ts';
import { type NetworkStep, networkSteps } from '../network-steps.ts';
import { joinRows, pad, paddedChannels, padFilter, VECTOR } from '../padded-weights.ts';
import type { PhotoNetWeights } from '../photo-net-weights.ts';
import { filterRows, type ShaderForm, THREAD_COLUMNS } from './convolution-shader.ts';

/** Most groups of columns of a block: with tiles of 16 x 8 it has 256 threads, which every device can run. */
const MOST_GROUPS = 8;

/** A layer, with channels of zeros added. */
export interface DeviceLayer {
  /** Channels of the input and of the output. */
  readonly channels: number;
  readonly outputs: number;
  /** Groups of columns of a block, and blocks. */
  readonly groups: number;
  readonly blocks: number;
  readonly bias: Float32Array;
  /** The filter as the shader reads it: for each block and four input channels, the rows of the block's columns. */
  readonly filter: Float32Array<ArrayBuffer>;
}

/** A step of the network, and where its factors are. */
export interface DeviceStep {
  readonly step: NetworkStep<DeviceLayer, DeviceLayer>;
  /** Index of the first factor of the step: one for each output channel. What is added to the products follows. */
  readonly factors: number;
}

/** All steps, and the factors that they have before FiLM. */
export interface DeviceSteps {
  readonly steps: readonly DeviceStep[];
  readonly factors: Float32Array<ArrayBuffer>;
}

/** Largest number of groups that divides the columns into blocks. */
function groupsOf(columns: number): number {
  let groups = MOST_GROUPS;
  while ((columns / THREAD_COLUMNS) % groups !== 0) groups--;
  return groups;
}

/** @param matrix - (taps, channels, columns) */
function layOutFilter(
  matrix: Float32Array,
  kind: ShaderForm['kind'],
  { channels, columns, groups }: { readonly channels: number; readonly columns: number; readonly groups: number },
): Float32Array<ArrayBuffer> {
  const filter = new Float32Array(matrix.length);
  const wide = groups * THREAD_COLUMNS;
  const rows = filterRows(kind);
  let to = 0;
  for (let column = 0; column < columns; column += wide) {
    for (let channel = 0; channel < channels; channel += VECTOR) {
      for (let row = 0; row < rows; row++, to += wide) {
        const tap = Math.floor(row / VECTOR);
        const from = (tap * channels + channel + (row % VECTOR)) * columns + column;
        filter.set(matrix.subarray(from, from + wide), to);
      }
    }
  }
  return filter;
}

function convLayer(from: ConvWeights, kind: 'conv' | 'down', block?: number): DeviceLayer {
  const [channels, outputs] = [paddedChannels(from.input, block), paddedChannels(from.output)];
  const groups = groupsOf(outputs);
  const filter = layOutFilter(padFilter(from, channels, outputs), kind, { channels, columns: outputs, groups });
  const blocks = outputs / THREAD_COLUMNS / groups;
  return { channels, outputs, groups, blocks, bias: pad(from.bias, outputs), filter };
}

function upLayer(pair: PhotoNetWeights['up'][number]): DeviceLayer {
  const [{ input, output, bias }] = pair;
  const [channels, outputs] = [paddedChannels(input), paddedChannels(output / 2)];
  const columns = 4 * outputs;
  const groups = groupsOf(columns);
  const filter = layOutFilter(joinRows(pair, channels, outputs), 'up', { channels, columns, groups });
  const blocks = columns / THREAD_COLUMNS / groups;
  return { channels, outputs, groups, blocks, bias: pad(bias.subarray(0, output / 2), outputs), filter };
}

/** Lays out the layers. */
export function deviceSteps(weights: PhotoNetWeights): DeviceSteps {
  const levels = (from: PhotoNetWeights['encoder']) =>
    from.map((blocks) =>
      blocks.map(({ conv1, conv2 }) => ({ conv1: convLayer(conv1, 'conv'), conv2: convLayer(conv2, 'conv') })),
    );
  const listed = networkSteps<DeviceLayer, DeviceLayer>({
    convIn: convLayer(weights.convIn, 'conv', VECTOR),
    encoder: levels(weights.encoder),
    decoder: levels(weights.decoder),
    down: weights.down.map((layer) => convLayer(layer, 'down')),
    up: weights.up.map(upLayer),
    convOut: convLayer(weights.convOut, 'conv'),
  });
  let end = 0;
  const steps = listed.map((step): DeviceStep => {
    const factors = end;
    end += 2 * step.layer.outputs;
    return { step, factors };
  });
  const factors = new Float32Array(end);
  for (const { step, factors: at } of steps) {
    const { outputs, bias } = step.layer;
    factors.fill(1, at, at + outputs);
    factors.set(bias, at + outputs);
  }
  return { steps, factors };
}

/** Writes the FiLM of a noise level into factors. */
export function setFilms(factors: Float32Array, steps: readonly DeviceStep[], films: readonly Film[]): void {
  for (const { step, factors: at } of steps) {
    if (step.kind !== 'conv' || step.film === undefined) continue;
    const { gain, shift } = films[step.film];
    factors.set(gain, at);
    factors.set(shift, at + step.layer.outputs);
  }
}
