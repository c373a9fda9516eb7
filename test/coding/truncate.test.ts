import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseStream } from '../../src/codec/format/stream-parser.ts';
import { bytesFor, inspect, readPrefix, type TruncateOptions, truncate } from '../../src/entry/index.ts';
import { makeCorpus, type Specimen } from '../fuzz/corpus.ts';
import { measured } from '../support/measured.ts';

const corpus: Specimen[] = await makeCorpus();
const stream = fc.constantFrom(...corpus);

/** A stream of the corpus. */
function named(name: string): Uint8Array {
  return corpus.find((specimen) => specimen.name === name)?.bytes ?? expect.fail(name);
}

/** Ends of header and layers, in whole bytes. */
function endsOf(bytes: Uint8Array): number[] {
  const { startBytes, layers } = parseStream(bytes);
  return [startBytes, ...layers.map(({ endBit }) => Math.ceil(endBit / 8))];
}

const refused = { code: 'ERR_DDPM_TARGET' };

describe('truncate', () => {
  test('at bytes: exactly those, which are a prefix with all layers that end before', () => {
    fc.assert(
      fc.property(stream, fc.double({ min: 0, max: 1.1, noNaN: true }), ({ bytes }, share) => {
        const ends = endsOf(bytes);
        const length = Math.max(1, Math.floor(share * bytes.length));
        if (length < ends[0]) {
          expect(() => truncate(bytes, { bytes: length })).toThrow(expect.objectContaining(refused));
          return;
        }
        const cut = truncate(bytes, { bytes: length });
        expect(Buffer.compare(cut, bytes.subarray(0, length))).toBe(0);
        const { layers, damage, truncated } = inspect(cut);
        expect([layers.length, damage, truncated]).toEqual([
          ends.filter((end) => end <= length).length - 1,
          null,
          length < bytes.length,
        ]);
      }),
    );
  });

  test('at bits per pixel: as at their bytes', () => {
    fc.assert(
      fc.property(stream, fc.double({ min: 0, max: 1, noNaN: true }), ({ bytes }, share) => {
        const { width, height } = inspect(bytes);
        const length = endsOf(bytes)[0] + Math.floor(share * 50);
        const bpp = (length * 8) / (width * height);
        expect(truncate(bytes, { bpp })).toEqual(truncate(bytes, { bytes: length }));
      }),
    );
  });

  test('bytes behind the cut do not matter', () => {
    fc.assert(
      fc.property(
        stream,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.uint8Array({ maxLength: 60 }),
        (one, share, rest) => {
          const { bytes } = one;
          const [start] = endsOf(bytes);
          const length = start + Math.floor(share * (bytes.length - start));
          const { width, height } = inspect(bytes);
          const other = Uint8Array.of(...bytes.subarray(0, length), ...rest);
          for (const options of [{ bytes: length }, { bpp: (length * 8) / (width * height) }]) {
            expect(truncate(other, options)).toEqual(bytes.slice(0, length));
          }
        },
      ),
    );
  });

  test.each(corpus)('at layers: $name', ({ bytes }) => {
    const ends = endsOf(bytes);
    for (const [layers, end] of ends.entries()) expect(truncate(bytes, { layers })).toEqual(bytes.slice(0, end));
    const why = `the stream has ${ends.length - 1} layers`;
    const message = `"layers" expected integer 0..${ends.length - 1} (${why}), got ${ends.length}`;
    expect(() => truncate(bytes, { layers: ends.length })).toThrow(new RangeError(message));
  });

  test('at a PSNR: the first prefix that has it by the index, the tail at last', () => {
    for (const name of ['index', 'index-tail', 'pyramid']) {
      const bytes = named(name);
      const { index } = inspect(bytes);
      for (const { bytes: length, psnr: known } of index ?? expect.fail(name)) {
        const psnr = measured(known);
        const first = index?.find((entry) => measured(entry.psnr) >= psnr);
        if (psnr <= 100) expect(truncate(bytes, { psnr })).toHaveLength(first?.bytes ?? -1);
        if (psnr <= 100) expect(bytesFor(inspect(bytes), { psnr })).toBe(first?.bytes);
        expect(length).toBeLessThanOrEqual(bytes.length);
      }
    }
    expect(truncate(named('index-tail'), { psnr: 100 })).toEqual(named('index-tail'));
    const best = inspect(named('index')).index?.at(-1)?.psnr;
    expect(() => truncate(named('index'), { psnr: 90 })).toThrow(
      `target of 90 dB cannot be reached; the nearest is ${best} dB, of ${named('index').length} bytes`,
    );
  });

  test('at a PSNR that the stream does not say, or does not come to', () => {
    expect(() => truncate(named('lossy'), { psnr: 20 })).toThrow(
      expect.objectContaining({ ...refused, message: expect.stringContaining('the stream has no index') }),
    );
    const bytes = named('index');
    const index = inspect(bytes).index ?? expect.fail('an index');
    const better = index.findIndex(({ psnr }) => measured(psnr) > measured(index[0].psnr));
    const psnr = measured(index[better].psnr);
    const end = index[better].bytes;
    const there = `${index[better - 1].psnr} dB, of ${better} of ${index.length} layers`;
    expect(() => truncate(bytes.subarray(0, end - 1), { psnr })).toThrow(
      expect.objectContaining({
        ...refused,
        message: `target of ${psnr} dB cannot be reached; the nearest is ${there}: the stream ends early`,
      }),
    );
  });

  test('bytes that follow the end are left out', () => {
    for (const { bytes } of corpus) {
      const longer = Uint8Array.of(...bytes, 1, 2, 3);
      expect(truncate(longer, { bytes: longer.length })).toEqual(bytes);
      expect(truncate(longer, { bytes: 1e9 })).toEqual(bytes);
    }
  });

  test('a damaged stream is cut after its intact part, and in it as an intact one', () => {
    const bytes = named('lossy-checksums');
    const ends = endsOf(bytes);
    const damaged = bytes.slice();
    damaged[ends[3] - 3] ^= 0x10;
    expect(inspect(damaged).damage).toMatch(/^layer 3, /);
    for (const options of [{ bytes: bytes.length }, { layers: 4 }, { bpp: 99 }]) {
      expect(truncate(damaged, options)).toEqual(bytes.slice(0, ends[2]));
    }
    expect(truncate(damaged, { bytes: ends[2] - 1 })).toEqual(bytes.slice(0, ends[2] - 1));
  });

  test('wants exactly one aim, in its range', () => {
    const bytes = named('lossy');
    expect(() => truncate(bytes, {})).toThrow(new TypeError('"options" expected one of bytes, layers, bpp, psnr'));
    expect(() => truncate(bytes, { bytes: 5, psnr: 3 })).toThrow('"psnr" expected alone, got bytes and psnr');
    for (const options of [{ bytes: 0 }, { layers: -1 }, { bpp: -1 }, { psnr: 101 }, { layers: 1.5 }]) {
      expect(() => truncate(bytes, options)).toThrow(/^"\w+" expected /);
    }
    expect(() => truncate(bytes, { maxBytes: 5 } as TruncateOptions)).toThrow(/^"maxBytes" expected no such option/);
    expect(() => truncate('x' as unknown as Uint8Array, { bytes: 5 })).toThrow('"bytes" expected Uint8Array');
    const limited = { bytes: 30, limitInputPixels: 39 };
    expect(() => truncate(bytes, limited)).toThrow(expect.objectContaining({ code: 'ERR_DDPM_LIMIT' }));
  });
});

describe('readPrefix', () => {
  /** A source of pieces, and how many bytes were taken of it. */
  function sourceOf(
    bytes: Uint8Array,
    piece: number,
  ): { source: AsyncGenerator<Uint8Array>; taken(): number; ended(): boolean } {
    let at = 0;
    let ended = false;
    async function* pieces(): AsyncGenerator<Uint8Array> {
      try {
        while (at < bytes.length) {
          at += piece;
          yield bytes.subarray(at - piece, at);
        }
      } finally {
        ended = true;
      }
    }
    return { source: pieces(), taken: () => Math.min(at, bytes.length), ended: () => ended };
  }

  const aim: fc.Arbitrary<TruncateOptions> = fc.oneof(
    fc.record({ bytes: fc.integer({ min: 1, max: 500 }) }),
    fc.record({ layers: fc.integer({ min: 0, max: 6 }) }),
    fc.record({ bpp: fc.double({ min: 0, max: 40, noNaN: true }) }),
    fc.record({ psnr: fc.integer({ min: 0, max: 60 }) }),
  );

  test('gives what truncate gives, in whatever pieces, and takes no piece that is not needed', async () => {
    await fc.assert(
      fc.asyncProperty(stream, aim, fc.integer({ min: 1, max: 300 }), async ({ bytes }, options, piece) => {
        let expected: Uint8Array | Error;
        try {
          expected = truncate(bytes, options);
        } catch (error) {
          expected = error as Error;
        }
        const { source, taken, ended } = sourceOf(bytes, piece);
        const found = await readPrefix(source, options).catch((error: Error) => error);
        expect(found).toEqual(expected);
        expect(ended()).toBe(true);
        if (expected instanceof Uint8Array) expect(taken()).toBeLessThan(Math.max(expected.length, 1) + piece);
      }),
    );
  });

  test('reads web streams, and a signal ends it', async () => {
    const bytes = named('lossy');
    expect(await readPrefix(new Blob([bytes.slice()]).stream(), { bytes: 60 })).toEqual(bytes.slice(0, 60));
    const never = new ReadableStream<Uint8Array>({});
    const signal = AbortSignal.timeout(10);
    await expect(readPrefix(never, { bytes: 60, signal })).rejects.toThrow(/timeout/);
    await expect(readPrefix(bytes as never, { bytes: 60 })).rejects.toThrow(/^"source" expected/);
  });
});
