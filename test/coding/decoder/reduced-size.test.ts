import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { FORMAT_MODEL } from '../../../src/codec/format/default-model.ts';
import { parseStream } from '../../../src/codec/format/stream-parser.ts';
import { StreamWriter } from '../../../src/codec/format/stream-writer.ts';
import { canvasSize, type Size, tileCount } from '../../../src/codec/grid/geometry.ts';
import { decodeMemory } from '../../../src/coding/decoder/decode-limits.ts';
import type { DecodeOptions } from '../../../src/coding/decoder/decode-options.ts';
import { type Decoded, prepareDecode } from '../../../src/coding/decoder/decoder.ts';
import { reducedSize } from '../../../src/coding/decoder/reduced-size.ts';
import type { EncodeOptions } from '../../../src/coding/encoder/encode-options.ts';
import { prepareEncode } from '../../../src/coding/encoder/encoder.ts';
import type { OpenEngine } from '../../../src/coding/engine.ts';
import { decode, type RawImage } from '../../../src/entry/index.ts';
import { AreaAverage } from '../../../src/image/area-average.ts';
import { distortion } from '../../../src/image/distortion.ts';
import { fitInside } from '../../../src/image/fit-inside.ts';
import { NODE } from '../../../src/node/node-platform.ts';
import { stubEngine } from '../../fuzz/corpus.ts';
import { gradientPicture, withAlpha } from '../../support/pictures.ts';

const FAST = { beamWidth: 4, ladderStep: 2 } as const;

async function encodeStub(image: RawImage, options: EncodeOptions, flat = false): Promise<Uint8Array> {
  const { run } = await prepareEncode(async () => image, { ...FAST, ...options }, NODE);
  return (await run(async () => stubEngine(flat))).data;
}

async function decodeStub(bytes: Uint8Array, options: DecodeOptions, flat = false): Promise<Decoded> {
  const { run } = await prepareDecode(bytes, options, NODE);
  return run(async () => stubEngine(flat));
}

/** Decodes, and notes the sizes that the network sees. */
async function watched(bytes: Uint8Array, options: DecodeOptions): Promise<{ decoded: Decoded; seen: Size[] }> {
  const seen: Size[] = [];
  const openEngine: OpenEngine = async () => {
    const engine = stubEngine();
    const executor: typeof engine.executor = (transport) => {
      const real = engine.executor(transport);
      return {
        ...real,
        denoise: async (job) => {
          seen.push(job.seen);
          return real.denoise(job);
        },
      };
    };
    return { ...engine, executor };
  };
  const { run } = await prepareDecode(bytes, options, NODE);
  return { decoded: await run(openEngine), seen };
}

/** Expects that the network saw a canvas, filled up to its windows, and no larger one. */
function expectCanvas(seen: readonly Size[], size: Size, level: number): void {
  const { width, height } = canvasSize(size, level);
  const pad = (side: number): number => Math.ceil(side / 16) * 16;
  expect(Math.max(...seen.map((window) => window.width))).toBe(pad(width));
  expect(Math.max(...seen.map((window) => window.height))).toBe(pad(height));
}

/** A picture averaged to a size; colours are not weighed. */
function averaged({ data, width, height, channels }: RawImage, size: Size): Uint8Array {
  const out = new Uint8ClampedArray(size.width * size.height * channels);
  const average = new AreaAverage({ width, height }, size, channels, (row, y) => {
    out.set(row, y * size.width * channels);
  });
  for (let y = 0; y < height; y++) average.add(data.subarray(y * width * channels, (y + 1) * width * channels));
  return new Uint8Array(out.buffer);
}

const image = gradientPicture(260, 200, 3);
let stream: Uint8Array;
beforeAll(async () => {
  stream = await encodeStub(image, { endSigma: 0.5 });
});

describe('reducedSize', () => {
  const full = { width: 4000, height: 3000 };
  const level = (maxWidth: number, header: object = {}): number =>
    reducedSize({ ...full, ...header }, { maxWidth }).level;

  test('takes the coarsest level with 1.5 pixels or more for each of the picture, 2 or more of a small level', () => {
    expect(reducedSize(full, { maxWidth: 256, maxHeight: 256 })).toEqual({
      width: 256,
      height: 192,
      level: 3,
      full,
      isReduced: true,
      halvedLevel: 3,
    });
    expect([level(2666), level(1333), level(1334), level(666), level(667)]).toEqual([0, 1, 0, 2, 1]);
    // Level 4 has 250x188 pixels, and is small.
    expect([level(166), level(167), level(62), level(63)]).toEqual([4, 3, 5, 4]);
    expect(level(1)).toBe(6); // there is no coarser one
    expect([1, 60, 3999].map((maxWidth) => reducedSize(full, { maxWidth }).halvedLevel)).toEqual([
      undefined,
      5,
      undefined,
    ]);
  });

  test('takes the full size where there is no pyramid, and for pictures that are not reduced', () => {
    expect(level(256, { flat: true })).toBe(0);
    expect(reducedSize({ width: 60, height: 4000 }, { maxHeight: 10 }).level).toBe(0);
    expect(reducedSize(full, { maxWidth: 4000 })).toMatchObject({ level: 0, isReduced: false });
  });
});

describe('decode with maxWidth and maxHeight', () => {
  test('looks only at the layers and pixels of the levels that it needs', async () => {
    const { decoded, seen } = await watched(stream, { maxWidth: 65 });
    const { info, data } = decoded;
    expect(info).toMatchObject({
      width: 65,
      height: 50,
      fullWidth: 260,
      fullHeight: 200,
      channels: 3,
      truncated: false,
    });
    expect(data).toHaveLength(65 * 50 * 3);
    const all = parseStream(stream);
    const coarse = all.steps.filter((step) => step.level >= 1).length;
    expect(info.layers.map(({ level }) => level)).toEqual(all.steps.slice(0, coarse).map(({ level }) => level));
    expect(info.layersTotal).toBe(all.steps.length);
    expect(info.bytes).toBe(Math.ceil(all.layers[coarse - 1].endBit / 8));
    expect(info.bpp).toBeCloseTo((info.bytes * 8) / (260 * 200), 10);
    expectCanvas(seen, image, 2); // of level 1, at half its resolution
    expect(seen).toHaveLength(coarse + 1);
    expect(distortion(data, averaged(image, info)).psnr).toBeGreaterThan(18);
  });

  test('gives the same of the prefix with these layers, of a longer one, and where later ones are damaged', async () => {
    const options = { maxWidth: 65, failOn: 'truncated' } as const;
    const whole = await decodeStub(stream, options);
    const { bytes } = whole.info;
    const damaged = stream.slice();
    damaged.fill(0xff, bytes + 4);
    expect(parseStream(damaged).status).not.toBe('complete');
    for (const other of [stream.subarray(0, bytes), stream.subarray(0, stream.length - 9), damaged]) {
      const { data, info } = await decodeStub(other, options);
      expect(data).toEqual(whole.data);
      expect(info).toMatchObject({ bytes, truncated: false, damage: null, trailingBytes: 0 });
    }
    const garbage = Uint8Array.of(...stream, 1, 2, 3);
    expect((await decodeStub(garbage, options)).info.trailingBytes).toBe(0);
  });

  test('of fewer layers gives a picture of the same size, and says what is missing', async () => {
    const need = (await decodeStub(stream, { maxWidth: 65 })).info;
    for (let count = 0; count < need.layers.length; count++) {
      const cut = count === 0 ? need.headerBytes : need.layers[count - 1].cumulativeBytes;
      const { data, info } = await decodeStub(stream.subarray(0, cut), { maxWidth: 65 });
      expect(info).toMatchObject({ width: 65, height: 50, truncated: true });
      expect(info.layers).toHaveLength(count);
      const byOption = await decodeStub(stream, { maxWidth: 65, layers: count });
      expect(byOption.data).toEqual(data);
      expect(byOption.info.truncated).toBe(false);
      expect((await decodeStub(stream, { maxWidth: 65, bytes: cut })).data).toEqual(data);
      const refused = decodeStub(stream.subarray(0, cut), { maxWidth: 65, failOn: 'truncated' });
      await expect(refused).rejects.toMatchObject({ code: 'ERR_DDPM_TRUNCATED' });
    }
    const more = await decodeStub(stream, { maxWidth: 65, layers: need.layersTotal });
    expect(more.info.layers).toHaveLength(need.layers.length);
  });

  test('reports progress up to all of its own work', async () => {
    const reports: { step: number; steps: number; fraction: number }[] = [];
    const { info } = await decodeStub(stream, { maxWidth: 65, onProgress: (progress) => reports.push(progress) });
    expect(reports.at(-1)).toMatchObject({ step: info.layers.length, steps: info.layers.length, fraction: 1 });
  });

  test('samples a picture of the level, another for each seed', async () => {
    const options = { maxWidth: 65, reconstruction: 'sample' } as const;
    const { decoded, seen } = await watched(stream, options);
    expectCanvas(seen, image, 1);
    expect((await decodeStub(stream, options)).data).toEqual(decoded.data);
    expect((await decodeStub(stream, { ...options, reconstructionSeed: 1 })).data).not.toEqual(decoded.data);
    expect(distortion(decoded.data, averaged(image, decoded.info)).psnr).toBeGreaterThan(15);
  });

  test('a box that holds the picture changes nothing', async () => {
    const plain = await decodeStub(stream, {});
    const boxed = await decodeStub(stream, { maxWidth: 260, maxHeight: 5000 });
    expect(boxed.data).toEqual(plain.data);
    const { timing: _, ...info } = boxed.info;
    expect(plain.info).toMatchObject(info);
    expect(info).toMatchObject({ width: 260, fullWidth: 260, height: 200, fullHeight: 200 });
  });

  test('a stream without a pyramid is decoded as a whole, and averaged', async () => {
    const flat = await encodeStub(image, { endSigma: 0.3 }, true);
    const whole = await decodeStub(flat, {}, true);
    const { data, info } = await decodeStub(flat, { maxHeight: 40 }, true);
    expect(info).toMatchObject({ width: 52, height: 40 });
    expect(info.layers).toHaveLength(info.layersTotal);
    const expected = averaged({ ...whole.data, ...image, data: whole.data }, info);
    expect(distortion(data, expected).psnr).toBeGreaterThan(50); // rounded once, not twice
  });

  test('the states of dithered layers, which need the exact posterior, are denoised at their own resolution', async () => {
    const { run } = await prepareEncode(async () => image, { transport: 'dithered', endSigma: 0.5 }, NODE);
    const { data: dithered } = await run(async () => stubEngine());
    const { decoded, seen } = await watched(dithered, { maxWidth: 65 });
    expectCanvas(seen, image, 1);
    expect(decoded.info.layers.at(-1)?.level).toBe(1);
    expect(distortion(decoded.data, averaged(image, decoded.info)).psnr).toBeGreaterThan(18);
  });

  test('grey stays one channel', async () => {
    const grey = await encodeStub(gradientPicture(130, 140, 1), { endSigma: 0.5 });
    const { data, info } = await decodeStub(grey, { maxWidth: 30 });
    expect(info).toMatchObject({ width: 30, height: 32, channels: 1 });
    expect(distortion(data, averaged(gradientPicture(130, 140, 1), info)).psnr).toBeGreaterThan(20);
  });

  test('any box and any picture size give the size of fitInside', { timeout: 120_000 }, async () => {
    const side = fc.integer({ min: 1, max: 150 });
    const limit = fc.option(fc.integer({ min: 1, max: 160 }), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(side, side, limit, limit, async (width, height, maxWidth, maxHeight) => {
        const bytes = await encodeStub(gradientPicture(width, height, 3), { endSigma: 8 });
        const box = { ...(maxWidth && { maxWidth }), ...(maxHeight && { maxHeight }) };
        const { data, info } = await decodeStub(bytes, box);
        const expected = fitInside({ width, height }, box);
        expect(info).toMatchObject({ ...expected, fullWidth: width, fullHeight: height });
        expect(data).toHaveLength(expected.width * expected.height * 3);
      }),
      { numRuns: 40 },
    );
  });

  test('wrong sides are reported as wrong options', async () => {
    await expect(decode(stream, { maxWidth: 0 })).rejects.toThrow(
      /^"maxWidth" expected integer 1\.\.2147483647, got 0$/,
    );
    await expect(decode(stream, { maxHeight: 2.5 })).rejects.toThrow(/^"maxHeight" expected integer/);
    await expect(decode(stream, { maxHeight: '9' as never })).rejects.toBeInstanceOf(TypeError);
  });
});

describe('of a lossless stream', () => {
  const small = gradientPicture(130, 128, 3);
  let lossless: Uint8Array;
  beforeAll(async () => {
    lossless = await encodeStub(small, { endSigma: 0.5, lossless: true });
  });

  test('a coarse level needs no tail', async () => {
    const { info } = await decodeStub(lossless, { maxWidth: 32 });
    expect(info.layers.at(-1)?.level).toBe(1);
    expect(info).toMatchObject({
      lossless: false,
      lossyBecause: 'the picture of 130 x 128 pixels was reduced to 32 x 32',
    });
  });

  test('the full size is exact before it is averaged', async () => {
    const { data, info } = await decodeStub(lossless, { maxWidth: 100 });
    expect(data).toEqual(averaged(small, info));
    expect(info).toMatchObject({ width: 100, height: 98, lossless: false, bytes: lossless.length });
    expect((await decodeStub(lossless, { maxWidth: 130 })).info).toMatchObject({ lossless: true, lossyBecause: null });
  });
});

describe('alpha', () => {
  /** A disc of one colour; around it everything is hidden. */
  const disc = withAlpha({ ...gradientPicture(200, 160, 3), data: new Uint8Array(200 * 160 * 3).fill(200) }, (x, y) =>
    (x - 100) ** 2 + (y - 80) ** 2 < 60 ** 2 ? 255 : 0,
  );

  test('is averaged, and colours beside hidden pixels are those of the visible ones', async () => {
    const bytes = await encodeStub(disc, { endSigma: 0.3 });
    for (const maxWidth of [30, 50, 90, 160]) {
      const { data, info } = await decodeStub(bytes, { maxWidth });
      expect(info.channels).toBe(4);
      const expected = averaged(disc, info);
      const edge: number[] = [];
      for (let p = 0; p < data.length; p += 4) {
        expect(data[p + 3], `alpha of ${maxWidth}`).toBe(expected[p + 3]);
        if (data[p + 3] > 0 && data[p + 3] < 255) edge.push(data[p]);
      }
      const mean = edge.reduce((sum, value) => sum + value, 0) / edge.length;
      expect(Math.abs(mean - 200), `colour of ${maxWidth}`).toBeLessThan(20);
    }
  });

  test('hidden pixels that are black leave no dark fringe on exact ones', async () => {
    const black = { ...disc, data: disc.data.map((value, i) => (disc.data[i | 3] === 0 ? 0 : value)) };
    const bytes = await encodeStub(black, { lossless: true, endSigma: 0.5 });
    const { data } = await decodeStub(bytes, { maxWidth: 190 });
    const edge = new Set<number>();
    for (let p = 0; p < data.length; p += 4) {
      if (data[p + 3] > 0 && data[p + 3] < 255) edge.add(data[p]);
    }
    expect([...edge]).toEqual([200]);
  });
});

describe('a huge picture', () => {
  const header = {
    width: 16_000,
    height: 12_000,
    grey: false,
    checksums: false,
    model: FORMAT_MODEL.id,
    stepEighths: 16,
    seed: 0,
    endPosition: 0,
    freeEnd: true,
  };
  /** All layers of the coarse levels, without code bits; then the file ends. */
  function hugeStream(): Uint8Array {
    const writer = new StreamWriter(header);
    const { steps } = parseStream(writer.bytes(header));
    for (const step of steps.filter(({ level }) => level >= 3)) {
      writer.addLayer(step, Array(tileCount(header, step.level)).fill({ bits: 0, packed: new Uint8Array(0) }), false);
    }
    return writer.bytes(header);
  }

  test('takes the memory of the level, by estimate and in fact', async () => {
    const bytes = hugeStream();
    const limitMemory = 400e6;
    expect(decodeMemory(header)).toBeGreaterThan(12e9);
    await expect(decodeStub(bytes, { limitMemory })).rejects.toMatchObject({ code: 'ERR_DDPM_LIMIT' });
    const { decoded, seen } = await watched(bytes, { limitMemory, maxWidth: 256, maxHeight: 256 });
    expect(decoded.info).toMatchObject({ width: 256, height: 192, fullWidth: 16_000, truncated: false });
    expectCanvas(seen, header, 6); // of level 5, at half its resolution
    await expect(decodeStub(bytes, { limitMemory: 1e8, maxWidth: 256 })).rejects.toThrow(
      /^decoding 16000 x 12000 pixels at 1\/32 of their size takes about \d+ MB, more than limitMemory 100 MB/,
    );
  });
});
