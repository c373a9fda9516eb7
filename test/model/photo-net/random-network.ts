/** Random photo-nets for property tests. */
import fc from 'fast-check';
import seedrandom from 'seedrandom';
import type { ConvWeights } from '../../../src/model/convolution/convolution.ts';
import type { BatchShape } from '../../../src/model/denoiser.ts';
import {
  FREQUENCIES,
  type LinearWeights,
  type PhotoNetWeights,
} from '../../../src/model/photo-net/photo-net-weights.ts';

/** Sizes of a network. */
export interface NetworkSizes {
  readonly widths: readonly number[];
  readonly blocks: readonly number[];
  readonly patch: number;
}

/** Networks of one to three levels. */
export const anyNetwork: fc.Arbitrary<NetworkSizes> = fc.integer({ min: 1, max: 3 }).chain((levels) =>
  fc.record({
    widths: fc.array(fc.integer({ min: 1, max: 18 }), { minLength: levels, maxLength: levels }),
    blocks: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: levels, maxLength: levels }),
    patch: fc.integer({ min: 1, max: 3 }),
  }),
);

/** Batch, and height and width in pixels, that a network takes: up to 28 positions of the finest level in a row. */
export function anyShape({ widths, patch }: NetworkSizes): fc.Arbitrary<BatchShape> {
  const multiple = 2 ** (widths.length - 1);
  const side = fc.integer({ min: 1, max: 28 / multiple }).map((count) => count * multiple * patch);
  return fc.record({ batch: fc.integer({ min: 1, max: 2 }), height: side, width: side });
}

/** Uniform numbers for a name, with a variance of 1 / `inputs`. */
function numbers(name: string, count: number, inputs: number): Float32Array {
  const random = seedrandom(name);
  const scale = Math.sqrt(12 / inputs);
  return Float32Array.from({ length: count }, () => (random() - 0.5) * scale);
}

/** Weights that keep values near 1. */
export function randomWeights({ widths, blocks, patch }: NetworkSizes): PhotoNetWeights {
  const embedding = 8;
  const linear = (name: string, input: number, output: number): LinearWeights => {
    const matrix = numbers(name, input * output, 4 * input);
    return { input, output, matrix, bias: numbers(`${name} bias`, output, 4) };
  };
  const conv = (name: string, kernel: number, input: number, output: number): ConvWeights => {
    const inner = kernel * kernel * input;
    const filter = numbers(name, inner * output, inner);
    return { kernel, input, output, filter, bias: numbers(`${name} bias`, output, 4) };
  };
  const block = (name: string, width: number) => ({
    conv1: conv(`${name} conv1`, 3, width, width),
    conv2: conv(`${name} conv2`, 3, width, width),
    film: linear(`${name} film`, embedding, 2 * width),
  });
  const levels = (side: string, count: number) =>
    widths
      .slice(0, count)
      .map((width, level) =>
        Array.from({ length: blocks[level] as number }, (_, i) => block(`${side} ${level} ${i}`, width)),
      );
  const steps = widths.slice(1).map((coarse, level) => ({ level, coarse, fine: widths[level] as number }));
  return {
    embed: [linear('embed 0', 2 * FREQUENCIES, embedding), linear('embed 1', embedding, embedding)],
    convIn: conv('in', 3, 3 * patch * patch, widths[0] as number),
    encoder: levels('encoder', widths.length),
    decoder: levels('decoder', widths.length - 1),
    down: steps.map(({ level, coarse, fine }) => conv(`down ${level}`, 2, fine, coarse)),
    up: steps.map(({ level, coarse, fine }) => {
      const half = numbers(`up ${level} bias`, fine, 4);
      const bias = Float32Array.from([...half, ...half]);
      const row = (name: string) => ({ ...conv(`up ${level} ${name}`, 1, coarse, 2 * fine), bias });
      return [row('even'), row('odd')];
    }),
    convOut: conv('out', 3, widths[0] as number, 6 * patch * patch),
  };
}

/** A noisy picture, NHWC. */
export function randomPixels(name: string, { batch, height, width }: BatchShape): Float32Array {
  return numbers(name, batch * height * width * 3, 1);
}
