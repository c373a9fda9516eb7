import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DdpmError, decode, type EncodeOptions, encode, type RawImage } from '../../../../src/entry/index.ts';
import { distortion } from '../../../../src/image/distortion.ts';
import { measured } from '../../../support/measured.ts';
import { kodakCrop, noisePicture, withAlpha } from '../../../support/pictures.ts';

const PHOTOGRAPHS: RawImage[] = [
  await kodakCrop(32, 32),
  await kodakCrop(32, 32, 1),
  await kodakCrop(40, 24),
  await kodakCrop(17, 33),
  await kodakCrop(72, 64),
];

/** Small pictures of all kinds: photographs, and noise. */
const picture: fc.Arbitrary<RawImage> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...PHOTOGRAPHS) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.integer({ min: 1, max: 24 }), fc.integer({ min: 1, max: 24 }))
      .map(([width, height]) => noisePicture(width, height, 3)),
  },
);

async function refusal(promise: Promise<unknown>): Promise<DdpmError> {
  return promise.then(
    () => expect.fail('expected an error'),
    (error: DdpmError) => error,
  );
}

describe('bytes', () => {
  test('is never exceeded, and used to 98 % from 200 bytes up or gives the best file; the stream decodes to what encode reports', async () => {
    await fc.assert(
      fc.asyncProperty(picture, fc.integer({ min: 40, max: 900 }), async (image, bytes) => {
        const { data, info } = await encode(image, { bytes, beamWidth: 16, reportPsnr: true });
        expect(data.length).toBeLessThanOrEqual(bytes);
        expect(info.bytes).toBe(data.length);
        // A picture of a few pixels cannot use this many bytes.
        const isBest = info.tail !== null || info.layers[info.layers.length - 1].sigma === 2 ** -8;
        // Small pictures spend more bits at a time.
        const least = image.width * image.height > 256 ? 0.98 : 0.95;
        if (bytes >= 200 && !isBest) expect(data.length).toBeGreaterThanOrEqual(least * bytes);
        const decoded = await decode(data, { failOn: 'truncated' });
        expect(distortion(decoded.data, new Uint8Array(image.data)).psnr).toBe(info.psnr);
        expect(decoded.info.truncated).toBe(false);
      }),
      { numRuns: 12 },
    );
  });

  test('is refused only below the smallest file, whose size is named and reached', async () => {
    await fc.assert(
      fc.asyncProperty(
        picture,
        fc.constantFrom<EncodeOptions>({ beamWidth: 4 }, { transport: 'dithered' }),
        fc.boolean(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (opaque, options, hasAlpha, share) => {
          const image = hasAlpha ? withAlpha(opaque, (x, y) => (x + y) % 256) : opaque;
          const error = await refusal(encode(image, { ...options, bytes: 1 }));
          expect(error).toMatchObject({ code: 'ERR_DDPM_TARGET' });
          const named =
            /^target of 1 bytes cannot be reached; the nearest is (\d+) bytes(, of which alpha and metadata take \d+)?$/;
          const [, least, extras] = named.exec(error.message) ?? [];
          expect(extras !== undefined).toBe(hasAlpha);
          expect((await encode(image, { ...options, bytes: Number(least) })).data.length).toBeLessThanOrEqual(
            Number(least),
          );
          const bytes = Math.max(Math.floor(share * (Number(least) - 1)), 1);
          for (const below of [Number(least) - 1, bytes]) {
            const { message } = await refusal(encode(image, { ...options, bytes: below }));
            expect(message).toContain(`target of ${below} bytes cannot be reached; the nearest is ${least} bytes`);
          }
        },
      ),
      { numRuns: 16 },
    );
  });

  test('beyond the finest layer gives the best file', async () => {
    const noise = noisePicture(40, 24, 3);
    const { data, info } = await encode(noise, { bytes: 1_000_000, beamWidth: 4 });
    // All layers would take more bytes than the pixels, so that these are stored.
    expect(info.psnr).toBe(Number.POSITIVE_INFINITY);
    expect(data.length).toBeLessThanOrEqual(1.02 * noise.data.length + 64);
    const larger = await encode(PHOTOGRAPHS[4], { bytes: 1_000_000, beamWidth: 64, reportPsnr: true });
    expect(larger.info.layers.at(-1)?.sigma).toBe(2 ** -8);
    expect(data).toEqual((await encode(noise, { bpp: 1000, beamWidth: 4 })).data);
    const { info: quality } = await encode(PHOTOGRAPHS[4], { endSigma: 0.004, beamWidth: 64, reportPsnr: true });
    expect(larger.info.psnr).toBeGreaterThan(measured(quality.psnr) - 0.1);
  });

  test('that end with a pyramid level are reported with the picture they decode to', async () => {
    const image = PHOTOGRAPHS[4];
    let ends = 0;
    for (let bytes = 30; bytes < 55; bytes++) {
      const { data, info } = await encode(image, { bytes, beamWidth: 8, reportPsnr: true });
      const last = info.layers[info.layers.length - 1];
      if (last.level === 0 || last.sigma !== 0.5) continue;
      ends++;
      expect(distortion((await decode(data)).data, new Uint8Array(image.data)).psnr).toBe(info.psnr);
    }
    expect(ends).toBeGreaterThan(0);
  });

  test('bpp gives the same as the equivalent bytes', async () => {
    const { data } = await encode(PHOTOGRAPHS[0], { bpp: 2, beamWidth: 16 });
    expect(data.length).toBeLessThanOrEqual(256);
    expect(data.length).toBeGreaterThanOrEqual(251);
  });

  test('a large picture of several tiles', async () => {
    const image = await kodakCrop(300, 264);
    const { data, info } = await encode(image, { bytes: 3000, effort: 1, reportPsnr: true });
    expect(data.length).toBeLessThanOrEqual(3000);
    expect(data.length).toBeGreaterThanOrEqual(2940);
    const decoded = await decode(data);
    expect(distortion(decoded.data, new Uint8Array(image.data)).psnr).toBe(info.psnr);
  });
});

describe('psnr', () => {
  test.each([24, 30.5, 37])(
    '%d dB is reached within 0.1 dB; a picture in less than 16 bytes may be above',
    async (psnr) => {
      for (const image of [await kodakCrop(56, 56), await kodakCrop(56, 56, 1), await kodakCrop(63, 48)]) {
        const { data, info } = await encode(image, { psnr, beamWidth: 32 });
        expect(info.psnr).toBeGreaterThanOrEqual(psnr - 0.1);
        expect(info.psnr).toBeLessThanOrEqual(psnr + (data.length < 16 ? 1 : 0.1));
        const decoded = await decode(data);
        expect(distortion(decoded.data, new Uint8Array(image.data)).psnr).toBe(info.psnr);
      }
    },
  );

  test('a PSNR below that of the smallest file gives the smallest file', async () => {
    for (const image of PHOTOGRAPHS) {
      const { data, info } = await encode(image, { psnr: 1, beamWidth: 4, index: false });
      expect(info.psnr).toBeGreaterThan(1);
      const { message } = await refusal(encode(image, { bytes: data.length - 1, beamWidth: 4, index: false }));
      expect(message).toContain(`the nearest is ${data.length} bytes`);
    }
  });

  test('a PSNR beyond the finest layer is refused, and one that is named can be reached', async () => {
    for (const psnr of [60, 100]) {
      const error = await refusal(encode(PHOTOGRAPHS[2], { psnr, beamWidth: 4 }));
      expect(error).toMatchObject({ code: 'ERR_DDPM_TARGET' });
      const [, named] =
        /cannot be reached; the nearest is (\d+\.\d\d) dB; a lossless file is exact$/.exec(error.message) ?? [];
      const { info } = await encode(PHOTOGRAPHS[2], { psnr: Number(named), beamWidth: 4 });
      expect(info.psnr).toBeGreaterThanOrEqual(Number(named) - 0.1);
    }
  });

  test('near the end of a pyramid level is that of the picture that the stream decodes to', async () => {
    const image = PHOTOGRAPHS[4];
    for (const psnr of [26.3, 26.4, 27.4, 27.5]) {
      const { data, info } = await encode(image, { psnr, beamWidth: 8 });
      expect(Math.abs(measured(info.psnr) - psnr)).toBeLessThanOrEqual(0.1);
      expect(distortion((await decode(data)).data, new Uint8Array(image.data)).psnr).toBe(info.psnr);
    }
  });
});

describe('quality', () => {
  test('orders size and PSNR', async () => {
    const points = [];
    for (const quality of [0, 40, 80]) {
      points.push((await encode(PHOTOGRAPHS[1], { quality, beamWidth: 16, reportPsnr: true })).info);
    }
    expect(points[0].bytes).toBeLessThan(points[1].bytes);
    expect(points[1].bytes).toBeLessThan(points[2].bytes);
    expect(points[0].psnr).toBeLessThan(measured(points[1].psnr));
    expect(points[1].psnr).toBeLessThan(measured(points[2].psnr));
  });

  test('only one goal at a time', async () => {
    for (const options of [
      { bytes: 100, psnr: 30 },
      { quality: 3, bpp: 1 },
    ]) {
      await expect(encode(PHOTOGRAPHS[0], options)).rejects.toThrow(/^"\w+" expected alone, got \w+ and \w+$/);
    }
  });
});
