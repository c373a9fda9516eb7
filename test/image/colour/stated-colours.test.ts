import { readFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { encodingOfCodePoints } from '../../../src/image/colour/cicp.ts';
import { iccProfile } from '../../../src/image/colour/icc-writer.ts';
import { type LoadedImage, readImage } from '../../../src/image/files/read-image.ts';
import { iccColours } from '../../../src/image/metadata.ts';
import type { PngChunk } from '../../../src/image/png-chunks.ts';
import { numberChunk, pngFile } from '../image-files.ts';

type Vector = readonly number[];

const clip = (value: number): number => Math.min(1, Math.max(0, value));
const fromSrgb = (v: number): number => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
const toSrgb = (l: number): number => (l <= 0.0031308 ? 12.92 * l : 1.055 * l ** (1 / 2.4) - 0.055);

/**
 * Linear light in other primaries with the white of D65, as linear light in those of sRGB. The matrices are those of
 * CSS Color 4, section "Sample code for Color Conversions", multiplied.
 */
const MATRICES: Readonly<Record<string, readonly Vector[]>> = {
  sRGB: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  'Display P3': [
    [1.2249401762805598, -0.22494017628055996, 0],
    [-0.042056954709688163, 1.0420569547096881, 0],
    [-0.019637554590334432, -0.078636045550631889, 1.0982736001409663],
  ],
  'BT.2020': [
    [1.6604910021084345, -0.58764113878854951, -0.072849863319884883],
    [-0.12455047452159074, 1.1328998971259603, -0.0083494226043694768],
    [-0.018150763354905303, -0.10057889800800739, 1.1187296613629127],
  ],
};

/** What colours of a file look like in sRGB, 0..255, by the formulas. */
function shown(colour: Vector, primaries: string, curve: (v: number) => number): number[] {
  const light = colour.map((v) => curve(v / 255));
  const linear =
    light.length === 1 ? light : MATRICES[primaries].map((row) => row.reduce((sum, m, i) => sum + m * light[i], 0));
  return linear.map((l) => 255 * toSrgb(clip(l)));
}

const COLOURS: readonly Vector[] = [
  [0, 0, 0],
  [255, 255, 255],
  [128, 128, 128],
  [200, 100, 50],
  [60, 180, 90],
  [90, 70, 200],
  [230, 220, 40],
  [150, 30, 100],
];
const GREYS: readonly Vector[] = [[0], [30], [100], [128], [200], [255]];

function png(colours: readonly Vector[], chunks: readonly PngChunk[], bits: 8 | 16 = 8): Uint8Array {
  const channels = colours[0].length as 1 | 3;
  const bytes = colours.flat();
  const data = bits === 8 ? Uint8Array.from(bytes) : Uint16Array.from(bytes, (v) => v * 257);
  return pngFile({ data, width: colours.length, height: 1, channels }, chunks);
}

const coloursOf = ({ data, channels, width }: LoadedImage): Vector[] =>
  Array.from({ length: width }, (_, i) => [...data.subarray(i * channels, (i + 1) * channels)]);

const furthest = (one: readonly Vector[], other: readonly Vector[]): number =>
  Math.max(...one.flat().map((value, i) => Math.abs(value - other.flat()[i])));

const gama = (exponent: number): PngChunk => numberChunk('gAMA', exponent);
const P3_CHRM = numberChunk('cHRM', 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000);
const SRGB_CHRM = numberChunk('cHRM', 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000);
const cicp = (...codes: readonly number[]): PngChunk => ({ type: 'cICP', data: Uint8Array.from(codes) });
const SRGB_CHUNK: PngChunk = { type: 'sRGB', data: Uint8Array.of(0) };
const linear = (v: number): number => v;
const power = (exponent: number) => (v: number) => v ** exponent;
const bt709 = (v: number): number => (v < 0.0812428583 ? v / 4.5 : ((v + 0.0992968268) / 1.0992968268) ** (1 / 0.45));

describe('a PNG that states its colours without an ICC profile', () => {
  test.each<[string, readonly PngChunk[], string, (v: number) => number]>([
    ['gAMA of linear light', [gama(100000)], 'sRGB', linear],
    ['gAMA of 1/1.8', [gama(55556)], 'sRGB', power(1.8)],
    ['cHRM of Display P3 with gAMA', [gama(45455), P3_CHRM], 'Display P3', power(2.2)],
    ['cHRM of Display P3 alone', [P3_CHRM], 'Display P3', fromSrgb],
    ['cICP of Display P3', [cicp(12, 13, 0, 1)], 'Display P3', fromSrgb],
    ['cICP of BT.2020, linear', [cicp(9, 8, 0, 1)], 'BT.2020', linear],
    ['cICP of BT.709', [cicp(1, 1, 0, 1)], 'sRGB', bt709],
    ['cICP before sRGB and gAMA', [cicp(12, 13, 0, 1), SRGB_CHUNK, gama(100000)], 'Display P3', fromSrgb],
  ])(
    '%s: looks as the formulas say, in RGB and in grey, from 8 and from 16 bits',
    async (_, chunks, primaries, curve) => {
      for (const [colours, bits] of [
        [COLOURS, 8],
        [GREYS, 8],
        [COLOURS, 16],
        [GREYS, 16],
      ] as const) {
        const kept = await readImage(png(colours, chunks, bits));
        expect(coloursOf(kept)).toEqual(colours);
        // Grey has no primaries, so that it is sRGB where only these differ.
        const isSrgb = colours === GREYS && primaries === 'Display P3';
        expect(kept.metadata === undefined).toBe(isSrgb);
        if (kept.metadata?.icc) expect(iccColours(kept.metadata.icc)).toBe(colours === GREYS ? 'grey' : 'rgb');
        const converted = await readImage(png(colours, chunks, bits), { metadata: 'none' });
        expect(converted.metadata).toBeUndefined();
        const expected = isSrgb ? colours : colours.map((colour) => shown(colour, primaries, curve));
        expect(furthest(coloursOf(converted), expected), `${colours[0].length} x ${bits}`).toBeLessThanOrEqual(2);
      }
    },
  );

  test.each<[string, readonly PngChunk[]]>([
    ['nothing', []],
    ['sRGB', [SRGB_CHUNK]],
    ['sRGB before gAMA and cHRM', [SRGB_CHUNK, gama(100000), P3_CHRM]],
    ['gAMA of 1/2.2', [gama(45455)]],
    ['gAMA of 0.45', [gama(45000)]],
    ['gAMA of 1/2.2 and the primaries of sRGB', [gama(45455), SRGB_CHRM]],
    ['cICP of sRGB', [cicp(1, 13, 0, 1)]],
    ['cICP that is unspecified', [cicp(2, 2, 0, 1)]],
  ])('%s is sRGB: no profile, no conversion', async (_, chunks) => {
    for (const metadata of ['all', 'none'] as const) {
      const read = await readImage(png(COLOURS, chunks), { metadata });
      expect(coloursOf(read)).toEqual(COLOURS);
      expect([read.metadata, read.warnings]).toEqual([undefined, []]);
    }
  });

  test('an embedded profile goes before sRGB, gAMA and cHRM; cICP goes before it', async () => {
    const p3 = iccProfile(encodingOfCodePoints({ primaries: 12, transfer: 13 }), 'rgb');
    const iccp = { type: 'iCCP', data: Buffer.concat([Buffer.from('p\0\0'), deflateSync(p3)]) };
    expect((await readImage(png(COLOURS, [iccp, gama(100000)]))).metadata?.icc).toEqual(p3);
    const stated = await readImage(png(COLOURS, [cicp(9, 8, 0, 1), iccp]));
    expect(stated.metadata?.icc).toEqual(iccProfile(encodingOfCodePoints({ primaries: 9, transfer: 8 }), 'rgb'));
    expect((await readImage(png(COLOURS, [cicp(1, 13, 0, 1), iccp]))).metadata).toBeUndefined();
  });

  test.each<[string, PngChunk, RegExp]>([
    ['PQ', cicp(9, 16, 0, 1), /^x\.png: its transfer function is PQ .*convert it to sRGB/],
    ['HLG', cicp(9, 18, 0, 1), /^x\.png: its transfer function is HLG/],
    ['a logarithm', cicp(1, 9, 0, 1), /logarithmic, 100 : 1/],
    ['an unknown curve', cicp(1, 99, 0, 1), /unknown \(code 99 of H\.273\)/],
    ['unknown primaries', cicp(77, 13, 0, 1), /^x\.png: its primaries have code 77/],
    ['narrow range', cicp(1, 13, 0, 0), /narrow range .* convert it to full range/],
    ['a matrix', cicp(1, 13, 6, 1), /matrix 6/],
  ])('%s is refused by name', async (_, chunk, message) => {
    const error = await readImage(png(COLOURS, [chunk]), { source: 'x.png' }).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'ERR_DDPM_INPUT', message: expect.stringMatching(message) });
  });

  test('invalid gAMA and cHRM are ignored with a warning', async () => {
    const degenerate = numberChunk('cHRM', 31270, 32900, 30000, 30000, 30000, 30000, 30000, 30000);
    for (const [type, chunk] of [
      ['gAMA', gama(0)],
      ['gAMA', gama(2 ** 31)],
      ['cHRM', numberChunk('cHRM', 0, 0, 0, 0, 0, 0, 0, 0)],
      ['cHRM', degenerate],
    ] as const) {
      const read = await readImage(png(COLOURS, [chunk]));
      expect(read.warnings).toEqual([`its ${type} chunk is invalid and was ignored`]);
      expect([read.metadata, coloursOf(read)]).toEqual([undefined, COLOURS]);
    }
  });
});

const file = (name: string): Uint8Array => readFileSync(`test/images/cases/${name}`);

describe('an AVIF that states its colours without an ICC profile', () => {
  test('nclx of Display P3 becomes a profile, and without it a conversion', async () => {
    const kept = await readImage(file('p3nclx.avif'));
    expect(kept.metadata?.icc).toEqual(iccProfile(encodingOfCodePoints({ primaries: 12, transfer: 13 }), 'rgb'));
    const converted = await readImage(file('p3nclx.avif'), { metadata: 'none' });
    let difference = 0;
    for (let i = 0; i < kept.data.length; i += 3) {
      const expected = shown([...kept.data.subarray(i, i + 3)], 'Display P3', fromSrgb);
      expected.forEach((value, c) => {
        difference += Math.abs(value - converted.data[i + c]) / kept.data.length;
      });
    }
    expect(difference).toBeLessThan(0.6);
  });

  test('PQ is refused by name', async () => {
    await expect(readImage(file('pq.avif'), { source: 'pq.avif' })).rejects.toMatchObject({
      code: 'ERR_DDPM_INPUT',
      message: expect.stringMatching(/^pq\.avif: its transfer function is PQ/),
    });
  });

  test('what we write is sRGB, and so is what has no nclx', async () => {
    const bytes = await sharp({ create: { width: 16, height: 16, channels: 3, background: '#a05030' } })
      .avif()
      .toBuffer();
    expect(await readImage(bytes)).toMatchObject({ warnings: [] });
    expect((await readImage(bytes)).metadata).toBeUndefined();
  });

  test('monochrome stays one channel, also with alpha', async () => {
    // Made by imagecodecs 2025 (libavif): columns of grey 4 x, with the alpha 255 - 4 x.
    for (const [name, channels] of [
      ['mono.avif', 1],
      ['mono-alpha.avif', 2],
    ] as const) {
      const read = await readImage(file(name));
      expect(read.channels).toBe(channels);
      for (const x of [5, 30, 60]) {
        expect(Math.abs(read.data[x * channels] - 4 * x)).toBeLessThan(4);
        if (channels === 2) expect(Math.abs(read.data[x * 2 + 1] - (255 - 4 * x))).toBeLessThan(4);
      }
    }
  });
});

describe('ICC profiles of code points', () => {
  test.each([1, 2, 4, 5, 6, 7, 8, 9, 11, 12, 22])(
    'primaries %i: white stays white, as LittleCMS reads it',
    async (primaries) => {
      const icc = iccProfile(encodingOfCodePoints({ primaries, transfer: 4 }), 'rgb');
      const data = Buffer.concat([Buffer.from('p\0\0'), deflateSync(icc)]);
      const read = await readImage(
        png(
          [
            [255, 255, 255],
            [128, 128, 128],
          ],
          [{ type: 'iCCP', data }],
        ),
        { metadata: 'none' },
      );
      const [white, grey] = coloursOf(read);
      expect(white).toEqual([255, 255, 255]);
      const expected = 255 * toSrgb((128 / 255) ** 2.2);
      for (const value of grey) expect(Math.abs(value - expected)).toBeLessThanOrEqual(1);
    },
  );

  test('equal encodings give equal bytes, and profiles of one size field', () => {
    const make = (): Uint8Array => iccProfile(encodingOfCodePoints({ primaries: 9, transfer: 1 }), 'rgb');
    expect(make()).toEqual(make());
    expect(new DataView(make().buffer).getUint32(0)).toBe(make().length);
  });
});
