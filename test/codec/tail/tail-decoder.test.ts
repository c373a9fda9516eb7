import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeTail, type TailPosterior, type TailShape } from '../../../src/codec/tail/tail.ts';
import { TailDecoder } from '../../../src/codec/tail/tail-decoder.ts';
import { posteriorOf } from '../../support/tail-posterior.ts';

interface Coded {
  readonly shape: TailShape;
  readonly pixels: Uint8Array;
  readonly posterior: TailPosterior;
  readonly message: Uint8Array;
}

/** A slope with some noise: rows of about 20 bytes. */
function coded(shape: TailShape = { width: 12, height: 24, channels: 3 }): Coded {
  const { width, height, channels } = shape;
  const pixels = Uint8Array.from(
    { length: width * height * channels },
    (_, i) => 90 + 2 * (Math.floor(i / (width * channels)) + (i % 7)) + ((i * i * 31) % 11),
  );
  const posterior = posteriorOf(pixels, shape, -700);
  const coder = encodeTail(pixels, shape, posterior);
  for (let step = coder.next(); ; step = coder.next()) {
    if (step.done) return { shape, pixels, posterior, message: step.value };
  }
}

/** Number of bytes of the finished rows. */
function rowBytes({ width, channels }: TailShape, rows: number): number {
  return rows * width * channels;
}

/** Decodes what comes in pieces; gives the number of rows after each. */
function decodePieces({ shape, posterior, message, pixels }: Coded, ends: readonly number[]): number[] {
  const decoder = new TailDecoder(message.length, shape, posterior);
  return ends.map((end) => {
    const rows = [...decoder.push(message.subarray(0, end))];
    expect(rows).toEqual(rows.map((_, i) => decoder.rows - rows.length + 1 + i));
    const exact = rowBytes(shape, decoder.rows);
    expect(decoder.pixels.subarray(0, exact)).toEqual(pixels.subarray(0, exact));
    expect(decoder.bytes).toBeLessThanOrEqual(end);
    return decoder.rows;
  });
}

const WHOLE = coded();

describe('rows of a tail', () => {
  it('come with their bytes, each exact, whatever the pieces', () => {
    const { length } = WHOLE.message;
    expect(length).toBeGreaterThan(300);
    const cuts = fc.uniqueArray(fc.integer({ min: 0, max: length - 1 }), { maxLength: 12 });
    fc.assert(
      fc.property(cuts, (ends) => {
        const rows = decodePieces(WHOLE, [...[...ends].sort((a, b) => a - b), length]);
        expect(rows.at(-1)).toBe(WHOLE.shape.height);
      }),
      { numRuns: 20 },
    );
  });

  it('come one by one with one byte after the other, no more than 128 bytes and a row late', () => {
    const { message, shape } = WHOLE;
    const rows = decodePieces(
      WHOLE,
      Array.from({ length: message.length + 1 }, (_, i) => i),
    );
    expect(new Set(rows).size).toBeGreaterThan(shape.height / 2);
    const decoder = new TailDecoder(message.length, shape, WHOLE.posterior);
    const needed: number[] = [];
    for (const _ of decoder.push(message)) needed.push(decoder.bytes);
    for (const [i, bytes] of needed.entries()) {
      expect(rows[Math.min(bytes + 128, message.length)]).toBeGreaterThanOrEqual(i + 1);
    }
  });

  it.each([1, 3] as const)('of a message that is cut anywhere are exact, %d channels', (channels) => {
    const whole = coded({ width: 10, height: 12, channels });
    const { message, shape, posterior, pixels } = whole;
    let before = 0;
    for (let end = 0; end < message.length; end++) {
      const decoder = new TailDecoder(message.length, shape, posterior);
      for (const _ of decoder.push(message.subarray(0, end)));
      for (const _ of decoder.cutOff());
      const exact = rowBytes(shape, decoder.rows);
      expect(decoder.pixels.subarray(0, exact)).toEqual(pixels.subarray(0, exact));
      expect(decoder.rows).toBeGreaterThanOrEqual(before);
      before = decoder.rows;
    }
    expect(before).toBeGreaterThanOrEqual(shape.height - 1);
  });

  it('follow from the bytes that they are said to take', () => {
    const { message, shape, posterior } = WHOLE;
    const decoder = new TailDecoder(message.length, shape, posterior);
    const takes: number[] = [];
    for (const _ of decoder.push(message)) takes.push(decoder.bytes);
    for (const row of [1, 7, 23]) {
      const cut = new TailDecoder(message.length, shape, posterior);
      for (const _ of cut.push(message.subarray(0, takes[row - 1])));
      for (const _ of cut.cutOff());
      expect(cut.rows).toBe(row);
    }
  });

  it('of a message that is the pixels are those that are there', () => {
    const { shape, posterior, pixels } = WHOLE;
    const decoder = new TailDecoder(pixels.length, shape, posterior);
    expect([...decoder.push(pixels.subarray(0, 80))]).toEqual([1, 2]);
    expect([...decoder.cutOff()]).toEqual([]);
    expect([...decoder.push(pixels)]).toHaveLength(22);
    expect(decoder.pixels).toEqual(pixels);
  });

  it('of any bytes, however they are cut, are some rows in the end', () => {
    const { shape, posterior } = coded({ width: 4, height: 5, channels: 3 });
    const messages = fc.record({ bytes: fc.uint8Array({ maxLength: 250 }), missing: fc.integer({ min: 0, max: 300 }) });
    fc.assert(
      fc.property(messages, ({ bytes, missing }) => {
        const decoder = new TailDecoder(bytes.length + missing, shape, posterior);
        for (const _ of decoder.push(bytes.subarray(0, bytes.length >> 1)));
        for (const _ of decoder.push(bytes));
        for (const _ of decoder.cutOff());
        expect(decoder.rows).toBeLessThanOrEqual(5);
        if (missing === 0) expect(decoder.rows).toBe(5);
      }),
      { numRuns: 40 },
    );
  });
});
