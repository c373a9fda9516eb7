import { describe, expect, test } from 'vitest';
import { distortionEmphasis } from '../../../src/codec/trellis/distortion-target.ts';
import { withoutBlocks } from '../../../src/codec/trellis/free-blocks.ts';
import type { SearchTarget } from '../../../src/codec/trellis/passes.ts';
import { importanceWeights } from '../../../src/codec/trellis/search-weights.ts';
import { trellisTransport } from '../../../src/codec/trellis/trellis-transport.ts';
import { gaussians } from '../../support/gaussian.ts';

const BLOCKS = 16;
const N = BLOCKS * 192;
/** The weights that a search gets, in a last layer or before it: linear and quadratic in turn. */
function weightsOf(target: SearchTarget, isLast: boolean): Float32Array {
  const weights = new Float32Array(2 * N);
  const emphasis = isLast && { emphasis: distortionEmphasis(target.residualVariance) };
  importanceWeights({ ...target, ...emphasis }, weights);
  return weights;
}
/** Every second block is free. */
const FREE = Uint8Array.from({ length: BLOCKS }, (_, block) => block % 2);

describe('free blocks', () => {
  const problem = () => ({
    target: gaussians(N, 'target').map((value) => value * 0.7),
    residualVariance: new Float32Array(N).fill(0.5),
    key: { seed: 1, layer: 2, tile: 0 },
    spectrum: new Int32Array(192),
    blocksWide: 4,
    bits: 800,
  });

  test('have no weight, also in a last layer; the others are as they were', () => {
    const before = problem();
    for (const isLast of [false, true]) {
      const weights = weightsOf(withoutBlocks(before, FREE), isLast);
      const plain = weightsOf(before, isLast);
      const expected = plain.map((weight, i) => (FREE[Math.floor(i / (2 * 192))] === 1 ? 0 : weight));
      expect(weights).toEqual(expected);
    }
    expect(before).toEqual(problem());
  });

  test('leave their bits to the other blocks', () => {
    /** Mean squared distance to the target in the blocks that are not free. */
    const distance = (freeBlocks?: Uint8Array): number => {
      const { values } = trellisTransport({ beamWidth: 64 }).convey({
        ...problem(),
        ...(freeBlocks && { freeBlocks }),
      });
      const { target } = problem();
      const counted = values.map((c, i) => (FREE[Math.floor(i / 192)] === 1 ? 0 : (c - target[i]) ** 2));
      return counted.reduce((sum, value) => sum + value, 0) / (N / 2);
    };
    expect(distance(FREE)).toBeLessThan(0.9 * distance());
  });

  test('do not change what a decoder gets from the bits', () => {
    const transport = trellisTransport({ beamWidth: 16 });
    const { values, packed } = transport.convey({ ...problem(), freeBlocks: FREE });
    expect(packed).not.toBeNull();
    const { bits, ...tile } = problem();
    expect(transport.receive(tile, { packed: packed as Uint8Array, bits })).toEqual(values);
  });
});
