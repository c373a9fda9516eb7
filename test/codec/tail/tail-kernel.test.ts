import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes } from '../../../src/base/concat-bytes.ts';
import { ReferenceDecoder, ReferenceEncoder } from '../../../src/codec/tail/reference/reference-rows.ts';
import type { MessageEnd, RowDecoder, RowEncoder } from '../../../src/codec/tail/row-coder.ts';
import { openTailKernel, type TailKernel } from '../../../src/codec/tail/tail-kernel.ts';
import type { TailPosterior, TailShape } from '../../../src/codec/tail/tail-posterior.ts';
import { seededPicks } from '../../support/seeded-picks.ts';
import { posteriorOf } from '../../support/tail-posterior.ts';

function kernelOf(shape: TailShape, posterior: TailPosterior): TailKernel {
  const kernel = openTailKernel(shape, posterior);
  if (!kernel) throw new Error('no kernel');
  return kernel;
}

function encode(encoder: RowEncoder, pixels: Uint8Array, { width, height, channels }: TailShape): Uint8Array {
  const row = width * channels;
  const parts = Array.from({ length: height }, (_, y) => encoder.encodeRow(pixels.subarray(y * row, (y + 1) * row)));
  return concatBytes(...parts, encoder.finish());
}

/** Decodes what `end` bytes determine; gives the pixels of finished rows, and what stopped it. */
function decode(
  decoder: RowDecoder,
  message: Uint8Array,
  end: MessageEnd,
  { width, height, channels }: TailShape,
): { result: string; pixels: Uint8Array } {
  const row = width * channels;
  const pixels = new Uint8Array(row * height);
  for (let y = 0; y < height; y++) {
    const result = decoder.decodeRow(message, end, pixels.subarray(y * row, (y + 1) * row));
    if (result !== 'done') return { result, pixels: pixels.slice(0, y * row) };
  }
  return { result: 'done', pixels };
}

/** A slope with noise of some strength. */
function picture({ width, height, channels }: TailShape, noise: number): Uint8Array {
  const count = width * height * channels;
  const picks = seededPicks(`${width}x${height}`, count, (u) => noise * (u - 0.5));
  return Uint8Array.from(picks, (pick, i) => 60 + (i % width) + Math.floor(i / (width * channels)) + pick);
}

const shapes = fc.record({
  width: fc.integer({ min: 1, max: 21 }),
  height: fc.integer({ min: 1, max: 12 }),
  channels: fc.constantFrom(1 as const, 3 as const),
});

describe('tail kernel', () => {
  it('gives the bytes of the reference for random pixels', () => {
    const pictures = shapes.chain((shape) => {
      const length = shape.width * shape.height * shape.channels;
      const pixels = fc.uint8Array({ minLength: length, maxLength: length });
      return fc.record({ shape: fc.constant(shape), pixels, index: fc.integer({ min: -2048, max: 600 }) });
    });
    fc.assert(
      fc.property(pictures, ({ shape, pixels, index }) => {
        const posterior = posteriorOf(pixels, shape, index);
        const message = encode(kernelOf(shape, posterior), pixels, shape);
        expect(message).toEqual(encode(new ReferenceEncoder(shape, posterior), pixels, shape));
        expect(decode(kernelOf(shape, posterior), message, 'whole', shape).pixels).toEqual(pixels);
      }),
      { numRuns: 15 },
    );
  });

  it.each([
    { shape: { width: 41, height: 30, channels: 3 as const }, noise: 12, index: -500 },
    { shape: { width: 70, height: 25, channels: 1 as const }, noise: 40, index: 0 },
    { shape: { width: 24, height: 40, channels: 3 as const }, noise: 0, index: -1500 },
  ])(
    'gives the bytes of the reference for a picture of $shape.width x $shape.height pixels',
    ({ shape, noise, index }) => {
      const pixels = picture(shape, noise);
      const posterior = posteriorOf(pixels, shape, index);
      const message = encode(kernelOf(shape, posterior), pixels, shape);
      expect(message).toEqual(encode(new ReferenceEncoder(shape, posterior), pixels, shape));
      expect(decode(new ReferenceDecoder(shape, posterior), message, 'whole', shape).pixels).toEqual(pixels);
    },
  );

  it('decodes what the reference decodes of any bytes, of a part of a message, and of one that was cut', () => {
    const shape = { width: 9, height: 11, channels: 3 as const };
    const pixels = picture(shape, 30);
    const posterior = posteriorOf(pixels, shape, -400);
    const message = encode(kernelOf(shape, posterior), pixels, shape);
    const prefixes = fc.integer({ min: 0, max: message.length }).map((end) => message.slice(0, end));
    const bytes = fc.oneof(prefixes, fc.uint8Array({ maxLength: 300 }));
    const ends = fc.constantFrom<MessageEnd>('coming', 'whole', 'cut');
    fc.assert(
      fc.property(bytes, ends, (data, end) => {
        const [kernel, reference] = [kernelOf(shape, posterior), new ReferenceDecoder(shape, posterior)];
        expect(decode(kernel, data, end, shape)).toEqual(decode(reference, data, end, shape));
        expect(kernel.bytes).toBe(reference.bytes);
      }),
      { numRuns: 20 },
    );
  });

  it('takes a message in pieces larger and smaller than its buffer', () => {
    const shape = { width: 300, height: 80, channels: 3 as const };
    const pixels = Uint8Array.from(seededPicks('pieces', 300 * 80 * 3, (u) => u * 256));
    const posterior = posteriorOf(pixels, shape, 600);
    const message = encode(kernelOf(shape, posterior), pixels, shape);
    expect(message.length).toBeGreaterThan(66_000);
    expect(decode(kernelOf(shape, posterior), message, 'whole', shape).pixels).toEqual(pixels);
    const kernel = kernelOf(shape, posterior);
    const row = shape.width * shape.channels;
    const samples = new Uint8Array(row);
    let end = 0;
    for (let y = 0; y < shape.height; ) {
      const result = kernel.decodeRow(message.subarray(0, end), end < message.length ? 'coming' : 'whole', samples);
      if (result === 'waits') end = Math.min(end + 997, message.length);
      else expect(samples).toEqual(pixels.subarray(y * row, ++y * row));
    }
  });
});
