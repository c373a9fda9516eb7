/** Determines the floor: the least time that the network's convolutions can take on this machine. */
import * as tf from '@tensorflow/tfjs-core';
import { type Backend, openBackend, parseSafetensors, type Safetensors } from 'ddpm-codec/model';
import { DEFAULT_MODEL, defaultWeights } from '../default-model.ts';
import type { Floor, FloorLevel, FloorSide, Maker } from './types.js';

/** Sides in pixels of the network's input for which convolutions are timed: a small picture and a window. */
const SIDES = [32, 512];
/** Each convolution is run repeatedly for this time. */
const TIME_MS = 1000;
/** Smallest number of runs, even if they take longer than {@link TIME_MS}. */
const LEAST_RUNS = 5;

/**
 * Level of the U-Net at which a convolution runs; convolutions between two levels count for the coarser one. Undefined
 * if the tensor is not a convolution.
 */
function levelOf(name: string): number | undefined {
  if (name === 'conv_in.weight' || name === 'conv_out.weight') return 0;
  const block = /^(?:enc|dec)\.(\d+)\.\d+\.conv[12]\.weight$/.exec(name);
  if (block) return Number(block[1]);
  const change = /^(?:down|up)\.(\d+)\.weight$/.exec(name);
  return change ? Number(change[1]) + 1 : undefined;
}

/**
 * Multiply-adds of the convolutions per pixel of the picture, by level. A weight is used once at each position of its
 * level. The 2x2 convolutions that go down (stride 2) and up (transposed, stride 2) count for the coarser level.
 */
export function multiplyAddsByLevel({ tensors }: Safetensors, levels: number, patch: number): number[] {
  const sums = new Array<number>(levels).fill(0);
  for (const [name, { shape }] of tensors) {
    const level = levelOf(name);
    if (level === undefined) continue;
    const weights = shape.reduce((product, side) => product * side, 1);
    sums[level] = (sums[level] ?? 0) + weights / (patch * patch * 4 ** level);
  }
  return sums;
}

/** Name of the codec's convolution kernel in tfjs. */
export const KERNEL = 'DdpmConvolution';

/**
 * Speed of a 3x3 convolution that keeps the number of channels, in 10^9 multiply-adds a second; the fastest of all
 * runs.
 */
async function convolutionSpeed(backend: Backend, side: number, channels: number, maker: Maker): Promise<number> {
  const random = (shape: [number, number, number, number]): tf.Tensor4D =>
    tf.keep(tf.randomUniform(shape, -1, 1, 'float32', 1) as tf.Tensor4D);
  const [x, filter] = backend.run(() => [random([1, side, side, channels]), random([3, 3, channels, channels])]);
  const bias = backend.run(() => tf.keep(tf.zeros<tf.Rank.R1>([channels])));
  const tensors = { x, filter, bias } as { x: tf.Tensor4D; filter: tf.Tensor4D; bias: tf.Tensor1D };
  // The kernel expects filters in another order, which does not matter because they are random.
  const inputs = { x: tensors.x, weights: tensors.filter, bias: tensors.bias };
  const attributes = { side: 3, outputs: channels, rectify: false, transposed: false };
  const run = (): void =>
    backend.run(() => {
      if (maker === 'kernel') tf.engine().runKernel(KERNEL, inputs, attributes);
      else tf.fused.conv2d({ ...tensors, strides: 1, pad: 'same' });
    });
  run(); // the library packs the weights in the first run
  const start = performance.now();
  let bestMs = Number.POSITIVE_INFINITY;
  for (let runs = 0; runs < LEAST_RUNS || performance.now() - start < TIME_MS; runs++) {
    const before = performance.now();
    run();
    bestMs = Math.min(bestMs, performance.now() - before);
  }
  tf.dispose(tensors);
  return (side * side * channels * channels * 9) / bestMs / 1e6;
}

/** Counts the shipped model's multiply-adds and times the convolutions of each of its levels. */
export async function measureFloor(): Promise<Floor> {
  const file = parseSafetensors(defaultWeights(), DEFAULT_MODEL.name);
  const { widths, patch } = JSON.parse(file.metadata.config as string) as { widths: number[]; patch: number };
  const counts = multiplyAddsByLevel(file, widths.length, patch);
  const backend = await openBackend('wasm');
  const levels: FloorLevel[] = [];
  for (const [level, channels] of widths.entries()) {
    const shrink = patch * 2 ** level;
    const sides: FloorSide[] = [];
    for (const side of SIDES) {
      const [kernel, library] = [
        await convolutionSpeed(backend, side / shrink, channels, 'kernel'),
        await convolutionSpeed(backend, side / shrink, channels, 'library'),
      ];
      sides.push({ side, kernel, library });
    }
    levels.push({ level, channels, multiplyAddsPerPixel: counts[level] as number, sides });
  }
  const seconds = (side: number): number =>
    levels.reduce((sum, { multiplyAddsPerPixel, sides }) => {
      const speeds = sides.find((measured) => measured.side === side) as FloorSide;
      return sum + multiplyAddsPerPixel / 1000 / speeds.kernel;
    }, 0);
  return {
    levels,
    multiplyAddsPerPixel: counts.reduce((sum, count) => sum + count, 0),
    secondsPerMegapixel: Object.fromEntries(SIDES.map((side) => [side, seconds(side)])),
  };
}
