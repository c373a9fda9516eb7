import * as fc from 'fast-check';
import seedrandom from 'seedrandom';
import { describe, expect, test } from 'vitest';
import { DdpmError } from '../../../src/base/errors.ts';
import { fineBudget, gridBudget, nearestGridIndex, typicalBits16 } from '../../../src/codec/format/budget-code.ts';
import { BudgetPredictor } from '../../../src/codec/format/budget-predictor.ts';
import { type CodedTile, TILE_CRC_BITS } from '../../../src/codec/format/coded-tile.ts';
import { FORMAT_MODEL } from '../../../src/codec/format/default-model.ts';
import { type Header, writeHeader } from '../../../src/codec/format/header.ts';
import { intactBytes, type ParsedStream, parseStream, streamSteps } from '../../../src/codec/format/stream-parser.ts';
import { StreamWriter } from '../../../src/codec/format/stream-writer.ts';
import { MAX_BITS_PER_COEFFICIENT } from '../../../src/codec/trellis/trellis-code.ts';
import { codedTiles } from '../../support/coded-tiles.ts';

interface FakeStream {
  readonly header: Header;
  readonly layers: readonly (readonly CodedTile[])[];
  readonly bytes: Uint8Array;
  /** Bits from the start to the end of each layer. */
  readonly endBits: readonly number[];
  /** Bits from the start to the first code bit of each layer. */
  readonly codeBits: readonly number[];
}

interface FakeOptions {
  readonly width: number;
  readonly height: number;
  readonly checksums: boolean;
  readonly seed: number;
  /** Largest number of a budget on the grid. */
  readonly largest: number;
}

/** A stream of random tiles, which corresponds to no picture. */
function fakeStream({ width, height, checksums, seed, largest }: FakeOptions): FakeStream {
  const header = { width, height, grey: false, checksums, model: FORMAT_MODEL.id, stepEighths: 16, seed: 0 };
  const whole = { ...header, chunks: false, endPosition: -1445, freeEnd: true };
  const random = seedrandom(`${width}x${height}/${seed}`);
  const writer = new StreamWriter(whole);
  const endBits: number[] = [];
  const codeBits: number[] = [];
  const predictor = new BudgetPredictor(whole);
  const { length: headerBytes } = writeHeader(whole);
  const layers = streamSteps(whole).map((step, layer, steps) => {
    const tiles = predictor.context(step).map(({ n }) => {
      let index = Math.floor(random() ** 2 * (largest + 1));
      while (gridBudget(index) > n * MAX_BITS_PER_COEFFICIENT) index--;
      const last = layer === steps.length - 1;
      const bits = last ? fineBudget(gridBudget(index) * random()) : gridBudget(index);
      const packed = Uint8Array.from({ length: Math.ceil(bits / 8) }, () => Math.floor(random() * 256));
      if (bits & 7) packed[packed.length - 1] &= 0xff00 >>> (bits & 7);
      return { bits, packed };
    });
    writer.addLayer(step, tiles, layer === steps.length - 1);
    endBits.push(headerBytes * 8 + writer.length);
    const bitsOfTile = checksums ? TILE_CRC_BITS : 0;
    codeBits.push(tiles.reduce((at, { bits }) => at - bits - bitsOfTile, headerBytes * 8 + writer.length));
    return tiles;
  });
  return { header: whole, layers, bytes: writer.bytes(whole), endBits, codeBits };
}

const fake = fc
  .record({
    width: fc.integer({ min: 1, max: 600 }),
    height: fc.integer({ min: 1, max: 300 }),
    checksums: fc.boolean(),
    seed: fc.nat(),
    largest: fc.integer({ min: 0, max: 90 }),
  })
  .map(fakeStream);
const small = (checksums: boolean, seed = 1): FakeStream =>
  fakeStream({ width: 20, height: 12, checksums, seed, largest: 30 });

function expectLayers(parsed: ParsedStream, { layers, endBits }: FakeStream, count: number): void {
  expect(parsed.layers).toHaveLength(count);
  parsed.layers.forEach(({ tiles, endBit }, i) => {
    expect(codedTiles(parsed.layers[i]).map(({ bits, packed }) => ({ bits, packed }))).toEqual(layers[i]);
    expect(tiles).toHaveLength(layers[i].length);
    expect(endBit).toBe(endBits[i]);
  });
}

/** Checks what is there of the layer after the whole ones of a prefix. */
function expectPartial(
  { partial }: ParsedStream,
  { layers, codeBits }: FakeStream,
  layer: number,
  length: number,
): void {
  const tiles = layers[layer] ?? [];
  const total = tiles.reduce((sum, { bits }) => sum + bits, 0);
  const there = Math.min(length * 8 - codeBits[layer], total);
  if (!(there > 0)) {
    expect(partial).toBeNull();
    return;
  }
  expect(partial).toMatchObject({ bits: there, endBit: codeBits[layer] + there });
  expect(partial?.tiles.map(({ bits }) => bits)).toEqual(tiles.map(({ bits }) => bits));
  const parts = partial?.unpack() ?? [];
  expect(parts.reduce((sum, { bits }) => sum + bits, 0)).toBe(there);
  for (const [i, { packed, bits }] of parts.entries()) {
    const expected = tiles[i].packed.slice(0, Math.ceil(bits / 8));
    if (bits & 7) expected[expected.length - 1] &= 0xff00 >>> (bits & 7);
    expect(packed).toEqual(expected);
  }
}

describe('StreamWriter and parseStream', () => {
  test('round trip', () => {
    fc.assert(
      fc.property(fake, (stream) => {
        const parsed = parseStream(stream.bytes);
        expect(parsed).toMatchObject({ header: stream.header, status: 'complete', damage: '' });
        expect(parsed.steps).toEqual(streamSteps(stream.header));
        expectLayers(parsed, stream, parsed.steps.length);
        expect(stream.bytes).toHaveLength(Math.ceil(stream.endBits[stream.endBits.length - 1] / 8));
      }),
    );
  });

  test.each([true, false])('every prefix holds the layers that fit, checksums: %s', (checksums) => {
    const stream = small(checksums);
    const { length: headerBytes } = writeHeader(stream.header);
    for (let length = 0; length < headerBytes; length++) {
      expect(() => parseStream(stream.bytes.subarray(0, length))).toThrow(DdpmError);
    }
    for (let length = headerBytes; length < stream.bytes.length; length++) {
      const parsed = parseStream(stream.bytes.subarray(0, length));
      const fit = stream.endBits.filter((endBit) => endBit <= length * 8).length;
      expectLayers(parsed, stream, fit);
      expectPartial(parsed, stream, fit, length);
      expect(parsed).toMatchObject({ status: 'truncated', damage: '' });
    }
  });

  test('a prefix of a larger stream with several tiles', () => {
    fc.assert(
      fc.property(fake, fc.double({ min: 0, max: 1, noNaN: true }), (stream, share) => {
        const { length: headerBytes } = writeHeader(stream.header);
        const length = headerBytes + Math.floor(share * (stream.bytes.length - headerBytes));
        const parsed = parseStream(stream.bytes.subarray(0, length));
        const fit = stream.endBits.filter((endBit) => endBit <= length * 8).length;
        expectLayers(parsed, stream, fit);
        expectPartial(parsed, stream, fit, length);
        expect(parsed.status).toBe(fit === stream.endBits.length ? 'complete' : 'truncated');
      }),
    );
  });

  test('bytes behind the last layer are counted, and are no part of the stream', () => {
    const stream = small(false);
    const parsed = parseStream(Uint8Array.of(...stream.bytes, 0, 0, 0));
    expect(parsed).toMatchObject({ status: 'complete', damage: '', trailing: 3 });
    expect(intactBytes(parsed)).toBe(stream.bytes.length);
    expectLayers(parsed, stream, stream.layers.length);
  });

  test('a budget beyond 4 bits a coefficient is damage, with or without checksums', () => {
    for (const checksums of [true, false]) {
      const header = { ...small(checksums).header, width: 8, height: 8 };
      const writer = new StreamWriter(header);
      const [step] = streamSteps(header);
      writer.addLayer(step, [{ bits: 192 * 4, packed: new Uint8Array(192 / 2) }], false);
      const whole = writer.bytes(header);
      expect(parseStream(whole)).toMatchObject({ status: 'truncated', layers: [{}] });
      const over = new StreamWriter(header);
      over.addLayer(step, [{ bits: 208 * 4, packed: new Uint8Array(208 / 2) }], false);
      expect(parseStream(over.bytes(header))).toMatchObject({
        status: 'corrupt',
        damage: `layer 1, tile 1 at bit ${writeHeader(header).length * 8}: budget is out of range`,
        layers: [],
      });
    }
  });

  test('side information costs 4 bits a layer where rates are within a quarter of an octave of typical', () => {
    const header = { ...small(false).header, width: 32, height: 32 };
    const steps = streamSteps(header);
    const random = seedrandom('typical');
    let side = 0;
    for (let file = 0; file < 50; file++) {
      const writer = new StreamWriter(header);
      for (const step of steps) {
        const bits = gridBudget(nearestGridIndex((typicalBits16(3072, step) / 16) * 2 ** ((random() - 0.5) / 2)));
        side -= bits;
        writer.addLayer(step, [{ bits, packed: new Uint8Array(Math.ceil(bits / 8)) }], false);
      }
      side += writer.length;
    }
    expect(side / (50 * steps.length)).toBeLessThanOrEqual(4);
  });
});

describe('damage', () => {
  test('with checksums, a flipped bit ends the usable prefix at its layer', () => {
    const stream = small(true);
    const { length: headerBytes } = writeHeader(stream.header);
    const last = stream.endBits[stream.endBits.length - 1];
    for (let bit = headerBytes * 8; bit < last; bit++) {
      const damaged = stream.bytes.slice();
      damaged[bit >>> 3] ^= 0x80 >>> (bit & 7);
      const parsed = parseStream(damaged);
      const layer = stream.endBits.findIndex((endBit) => bit < endBit);
      if (parsed.status === 'complete') {
        // Where budgets are close together, several fractions of a fine budget give the same value.
        expectLayers(parsed, stream, parsed.steps.length);
        expect(layer).toBe(parsed.steps.length - 1);
        continue;
      }
      expectLayers(parsed, stream, layer);
      // A budget that the damage increased may extend beyond the end of the file.
      expect(['corrupt', 'truncated']).toContain(parsed.status);
      if (parsed.status === 'corrupt')
        expect(parsed.damage).toMatch(new RegExp(`^layer ${layer + 1}, tile 1(: its checksum)? at bit `));
    }
  });

  test.each([true, false])('any damage gives a parsed prefix or a DdpmError, checksums: %s', (checksums) => {
    fc.assert(
      fc.property(
        fc.nat(20),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        fc.nat(),
        (seed, changes, cut) => {
          const { bytes } = small(checksums, seed);
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          try {
            const parsed = parseStream(bytes.subarray(0, (cut % bytes.length) + 1));
            expect(parsed.layers.length).toBeLessThanOrEqual(parsed.steps.length);
            for (const layer of [...parsed.layers, ...(parsed.partial ? [parsed.partial] : [])]) {
              const { tiles } = layer;
              for (const [i, { bits, packed }] of layer.unpack().entries()) {
                expect(packed).toHaveLength(Math.ceil(bits / 8));
                expect(bits).toBeLessThanOrEqual(tiles[i].bits);
              }
            }
          } catch (error) {
            expect(error).toBeInstanceOf(DdpmError);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('random bits after a valid header never throw', () => {
    const { header } = small(false);
    const start = new StreamWriter(header).bytes(header);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (rest) => {
        const parsed = parseStream(Uint8Array.of(...start, ...rest));
        expect(['complete', 'truncated', 'corrupt']).toContain(parsed.status);
      }),
      { numRuns: 1000 },
    );
  });

  test('a header that claims a large picture does not allocate memory for it', () => {
    const header = { ...small(false).header, width: 16383, height: 16383 };
    const before = process.memoryUsage().arrayBuffers;
    const parsed = parseStream(new StreamWriter(header).bytes(header));
    expect(parsed).toMatchObject({ status: 'truncated', layers: [] });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64e6);
  });

  test('a part whose tiles claim more bits than are left has what is left, and takes no memory for more', () => {
    const { header: first } = small(false);
    const header = { ...first, width: 4096, height: 4096, flat: true };
    const writer = new StreamWriter(header);
    const [step] = streamSteps(header);
    const tiles = new BudgetPredictor(header)
      .context(step)
      .map(({ n }) => ({ bits: n * 4, packed: new Uint8Array(n / 2) }));
    expect(tiles).toHaveLength(256);
    writer.addLayer(step, tiles, false);
    const whole = writer.bytes(header);
    const { startBytes } = parseStream(whole.subarray(0, 100));
    const codeBytes = (256 * 256 * 3 * 4 * 256) / 8;
    const bytes = whole.slice(0, whole.length - codeBytes + 10);
    const before = process.memoryUsage().arrayBuffers;
    const parsed = parseStream(bytes);
    const parts = parsed.partial?.unpack() ?? [];
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4e6);
    expect(parsed).toMatchObject({ status: 'truncated', layers: [], startBytes });
    expect(parts).toHaveLength(256);
    const bits = parts.reduce((sum, part) => sum + part.bits, 0);
    expect(bits).toBe(parsed.partial?.bits);
    expect(bits).toBeGreaterThan(72);
    expect(bits).toBeLessThan(96);
  });

  test('a layer that is damaged has no part', () => {
    const stream = small(true);
    const damaged = stream.bytes.slice();
    damaged[stream.codeBits[1] >>> 3] ^= 0x80 >>> (stream.codeBits[1] & 7);
    expect(parseStream(damaged)).toMatchObject({ status: 'corrupt', layers: [{}], partial: null });
    // Cut before its last checksum is there, nobody can tell.
    const cut = parseStream(damaged.subarray(0, (stream.endBits[1] - 1) >>> 3));
    expect(cut).toMatchObject({ status: 'truncated', layers: [{}], partial: { bits: stream.layers[1][0].bits } });
  });

  test('applies a limit on the number of pixels', () => {
    const { bytes } = small(false);
    expect(() => parseStream(bytes, 239)).toThrow(expect.objectContaining({ code: 'ERR_DDPM_LIMIT' }));
    expect(parseStream(bytes, 240).status).toBe('complete');
  });
});
