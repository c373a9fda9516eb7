import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type DdpmError,
  decode,
  type EncodeInfo,
  type EncodeOptions,
  encode,
  inspect,
  type RawImage,
  truncate,
} from '../../../src/entry/index.ts';
import { distortion } from '../../../src/image/distortion.ts';
import { measured } from '../../support/measured.ts';
import { kodakCrop } from '../../support/pictures.ts';

/** The first CIFAR-10 test image. */
function cifarPicture(): RawImage {
  const record = readFileSync('test/images/cifar10-test-128.bin').subarray(1, 3073);
  const data = Uint8Array.from({ length: 3072 }, (_, i) => record[(i % 3) * 1024 + Math.floor(i / 3)]);
  return { data, width: 32, height: 32, channels: 3 };
}

const options = (more: EncodeOptions = {}): EncodeOptions => ({ transport: 'dithered', reportPsnr: true, ...more });

const refusal = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => Promise.reject(new Error('nothing was refused')),
    (error: Error) => error,
  );

describe('dithered files', () => {
  let image: RawImage;
  let data: Uint8Array;
  let info: EncodeInfo;
  beforeAll(async () => {
    image = cifarPicture();
    ({ data, info } = await encode(image, options()));
  });

  test('decode to the pictures that the encoder reported, after every layer and from every prefix', async () => {
    expect(info).toMatchObject({ transport: 'dithered', beamWidth: null, ladderStep: 4, bytes: data.length });
    for (const { layer, psnr, cumulativeBytes } of info.layers) {
      const part = await decode(data, { layers: layer });
      expect(distortion(part.data, image.data).psnr).toBe(psnr);
      expect(part.info).toMatchObject({ transport: 'dithered', bytes: cumulativeBytes });
      const cut = truncate(data, { bytes: cumulativeBytes });
      expect(cut).toHaveLength(cumulativeBytes);
      expect(Buffer.compare((await decode(cut)).data, part.data)).toBe(0);
    }
    expect(inspect(data)).toMatchObject({ transport: 'dithered', ladderStep: 4, truncated: false, damage: null });
    for (let length = info.headerBytes; length < data.length; length += 97) {
      const there = inspect(data.subarray(0, length)).layers.length;
      expect((await decode(data.subarray(0, length))).info.layers).toHaveLength(there);
    }
  });

  test('are the same on every machine: the golden file of this image', async () => {
    const golden = readFileSync('test/vectors/32x32-dithered.ddpm');
    expect(Buffer.compare(golden, data)).toBe(0);
    const { files } = JSON.parse(readFileSync('test/vectors/vectors.json', 'utf8'));
    const pixels = createHash('sha256').update((await decode(golden)).data);
    expect(pixels.digest('hex')).toBe(files['32x32-dithered'].layers.at(-1).pixels);
  });

  test('end where files of the trellis code end, at about its quality', async () => {
    const trellis = await encode(image, { beamWidth: 64, reportPsnr: true });
    expect(inspect(trellis.data).transport).toBe('trellis');
    expect(Math.abs(measured(info.psnr) - measured(trellis.info.psnr))).toBeLessThan(1);
    expect(info.layers[info.layers.length - 1].sigma).toBe(trellis.info.layers[trellis.info.layers.length - 1].sigma);
    expect(data.length / trellis.data.length).toBeLessThan(1.8);
  });

  test('of a Kodak crop, with a pyramid and checksums', async () => {
    const crop = await kodakCrop(144, 128);
    const coded = await encode(crop, options({ endSigma: 0.15 }));
    expect(distortion((await decode(coded.data)).data, crop.data).psnr).toBe(coded.info.psnr);
    const damaged = coded.data.slice();
    damaged[damaged.length - 5] ^= 1;
    expect(await refusal(decode(damaged))).toMatchObject({ code: 'ERR_DDPM_CORRUPT' });
    const { info: left } = await decode(damaged, { failOn: 'none' });
    expect(left.layers).toHaveLength(coded.info.layers.length - 1);
  });

  test.each([{ bytes: 60 }, { bytes: 300 }, { bpp: 5, ladderStep: 8 }, { bytes: 420, ladderStep: 1.5 }])(
    'never exceed a size and use nearly all of it: %o',
    async (goal) => {
      const { data: sized, info: told } = await encode(image, options(goal));
      const limit = 'bytes' in goal ? goal.bytes : (goal.bpp * 1024) / 8;
      expect(sized.length).toBeLessThanOrEqual(limit);
      expect(sized.length).toBeGreaterThanOrEqual(limit < 200 ? 0.9 * limit : 0.98 * limit);
      expect(distortion((await decode(sized)).data, image.data).psnr).toBe(told.psnr);
    },
  );

  test('carry a lossless tail', async () => {
    const coded = await encode(image, options({ lossless: true }));
    expect(distortion((await decode(coded.data)).data, image.data).mse).toBe(0);
    const { layers } = coded.info;
    const lossy = await decode(coded.data, { layers: layers.length });
    expect(distortion(lossy.data, image.data).psnr).toBe(layers[layers.length - 1].psnr);
  });

  test('reach a PSNR', async () => {
    const { info: told } = await encode(image, options({ psnr: 31 }));
    expect(Math.abs(measured(told.psnr) - 31)).toBeLessThanOrEqual(0.1);
  });

  test('need the portable backend on both sides', async () => {
    const encoding = (await refusal(encode(image, options({ backend: 'cpu' })))) as DdpmError;
    const decoding = (await refusal(decode(data, { backend: 'cpu' }))) as DdpmError;
    for (const { code, message } of [encoding, decoding]) {
      expect(code).toBe('ERR_DDPM_BACKEND');
      expect(message).toMatch(/dithered.* wasm/);
    }
  });

  test('take no options of the trellis search, and ladder steps of their own', async () => {
    for (const wrong of [{ effort: 3 }, { beamWidth: 64 }, { ladderStep: 5 }]) {
      expect((await refusal(encode(image, options(wrong)))).message).toMatch(/^"\w+" expected /);
    }
    expect((await refusal(encode(image, { ladderStep: 4 }))).message).toMatch(/^"ladderStep" expected /);
    const unknown = { transport: 'ideal' } as unknown as EncodeOptions;
    expect((await refusal(encode(image, unknown))).message).toMatch(/^"transport" expected one of trellis, dithered/);
  });
});
