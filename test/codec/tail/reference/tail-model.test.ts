import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FormatReport } from '../../../../bench/documents/figures/format.ts';
import { readMeasurement } from '../../../../bench/documents/measurement.ts';
import { EXAMPLE_SHAPE, examplePixels, examplePosterior } from '../../../../bench/format-examples/tail-picture.ts';
import { RangeEncoder } from '../../../../src/codec/entropy/range-encoder.ts';
import { type PixelCoder, TailModel } from '../../../../src/codec/tail/reference/tail-model.ts';
import { ReferenceSums } from '../../../../src/codec/tail/tail-network-sums.ts';
import type { TailPosterior, TailShape } from '../../../../src/codec/tail/tail-posterior.ts';
import { tailWeights } from '../../../../src/codec/tail/tail-weights.ts';
import { posteriorOf } from '../../../support/tail-posterior.ts';

function codeAll(pixels: Uint8Array, shape: TailShape, posterior: TailPosterior, coder: PixelCoder): void {
  const { width, height, channels } = shape;
  const { state, mean, logVariance, index } = posterior;
  const input = { width, height, canvasWidth: mean.width, state: state.data, mean: mean.data, logVariance };
  const model = new TailModel(input, channels, index, new ReferenceSums(tailWeights()));
  for (let p = 0; p < width * height; p++) {
    model.codePixel(p % width, Math.floor(p / width), coder, pixels, p * channels);
  }
}

/** Probabilities and bits of all decisions, and the message. */
function encodeAll(pixels: Uint8Array, shape: TailShape, posterior: TailPosterior) {
  const encoder = new RangeEncoder();
  const decisions: { readonly probability: number; readonly bit: number }[] = [];
  codeAll(pixels, shape, posterior, {
    target: 0,
    decide(probability, edge) {
      const bit = this.target >= edge ? 1 : 0;
      encoder.encodeBit(bit, probability);
      decisions.push({ probability, bit });
      return bit;
    },
  });
  return { decisions, message: encoder.finish() };
}

describe("the tail's model", () => {
  it('has the decisions and the message of docs/format.md, "Test values"', () => {
    const { decisions, message } = encodeAll(examplePixels(), EXAMPLE_SHAPE, examplePosterior());
    const sample = (number: number): string =>
      decisions
        .slice(8 * number, 8 * number + 8)
        .map(({ probability, bit }) => `${probability}:${bit}`)
        .join(' ');
    const tail = readMeasurement<FormatReport>('format')?.result.tail;
    expect(decisions).toHaveLength(8 * 360);
    expect([sample(0), sample(3 * 5 * 12)]).toEqual(tail?.decided);
    expect(message).toHaveLength(tail?.message.bytes ?? 0);
    expect(createHash('sha256').update(message).digest('hex')).toBe(tail?.message.sha256);
  });

  it('gives the probabilities that the decisions before determine, and any decisions a picture', () => {
    const shapes = fc.record({
      width: fc.integer({ min: 1, max: 12 }),
      height: fc.integer({ min: 1, max: 6 }),
      channels: fc.constantFrom(1 as const, 3 as const),
    });
    fc.assert(
      fc.property(shapes, fc.infiniteStream(fc.nat(1)), fc.integer({ min: -1500, max: 300 }), (shape, bits, index) => {
        const length = shape.width * shape.height * shape.channels;
        const posterior = posteriorOf(new Uint8Array(length).fill(100), shape, index);
        const pixels = new Uint8Array(length);
        const seen: number[] = [];
        const decide = (probability: number): number => {
          seen.push(probability);
          return bits.next().value;
        };
        codeAll(pixels, shape, posterior, { target: 0, decide });
        const { decisions } = encodeAll(pixels.slice(), shape, posterior);
        expect(decisions.map(({ probability }) => probability)).toEqual(seen);
        expect(seen.every((p) => Number.isInteger(p) && p >= 1 && p <= 65535)).toBe(true);
      }),
      { numRuns: 12 },
    );
  });
});
