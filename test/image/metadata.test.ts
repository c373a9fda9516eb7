import sharp, { type Sharp } from 'sharp';
import { describe, expect, test } from 'vitest';
import { readImage } from '../../src/image/files/read-image.ts';
import { writeImage } from '../../src/image/files/write-image.ts';
import { iccColours, kindsOf, uprightExif, uprightXmp } from '../../src/image/metadata.ts';
import type { RawImage } from '../../src/image/raw-image.ts';

const size = { width: 8, height: 6 } as const;
const XMP = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>';

function flat(...colour: number[]): RawImage {
  const channels = colour.length as 1 | 3 | 4;
  return { ...size, channels, data: Uint8Array.from({ length: 48 * channels }, (_, i) => colour[i % channels]) };
}

const fromRaw = ({ data, channels }: RawImage): Sharp => sharp(data, { raw: { ...size, channels } });

/** A profile that sharp contains. */
async function profile(name: 'p3' | 'srgb'): Promise<Uint8Array> {
  const { icc } = await sharp(
    await fromRaw(flat(1, 2, 3))
      .withIccProfile(name)
      .png()
      .toBuffer(),
  ).metadata();
  return Uint8Array.from(icc ?? []);
}

/** A grey profile: the sRGB profile with another data colour space, the only field that matters here. */
async function greyProfile(): Promise<Uint8Array> {
  const icc = (await profile('srgb')).slice();
  icc.set(Buffer.from('GRAY'), 16);
  return icc;
}

/** A picture in sRGB red, converted to P3, with the profile. */
const p3Red = (): Promise<Buffer> =>
  fromRaw(flat(255, 0, 0))
    .withIccProfile('p3')
    .png()
    .toBuffer();

const colourOf = ({ data, channels }: RawImage): number[] => [...data.subarray(0, channels)];

describe('ICC profile', () => {
  test('is kept by default, and the pixels are not converted', async () => {
    const read = await readImage(await p3Red());
    expect(colourOf(read)).toEqual([234, 51, 34]);
    expect(read.metadata).toEqual({ icc: await profile('p3') });
    expect(read.warnings).toEqual([]);
  });

  test('if dropped, the pixels are converted to sRGB, from 8 and from 16 bits', async () => {
    const read = await readImage(await p3Red(), { metadata: 'none' });
    expect([colourOf(read), read.metadata]).toEqual([[255, 0, 0], undefined]);
    const wide = Uint16Array.from({ length: 48 * 3 }, (_, i) => [234, 51, 34][i % 3] * 257);
    const png = await sharp(wide, { raw: { ...size, channels: 3 } })
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    const { insertPngChunks } = await import('../../src/image/png-chunks.ts');
    const { deflateSync } = await import('node:zlib');
    const data = Buffer.concat([Buffer.from('p3\0\0'), deflateSync(await profile('p3'))]);
    const wideP3 = insertPngChunks(png, [{ type: 'iCCP', data }]);
    expect(await sharp(wideP3).metadata()).toMatchObject({ space: 'rgb16', icc: expect.anything() });
    expect(colourOf(await readImage(wideP3))).toEqual([234, 51, 34]);
    const converted = colourOf(await readImage(wideP3, { metadata: [] }));
    expect(Math.max(...[255, 0, 0].map((v, i) => Math.abs(v - converted[i])))).toBeLessThanOrEqual(2);
  });

  test('survives in every format that can hold one, with the same colours', async () => {
    for (const image of [
      await readImage(await p3Red()),
      { ...flat(200, 30, 40, 99), metadata: { icc: await profile('p3') } },
    ]) {
      for (const format of ['png', 'jpeg', 'webp', 'avif', 'tiff'] as const) {
        if (format === 'jpeg' && image.channels === 4) continue;
        const read = await readImage(await writeImage(image, format));
        expect(read.metadata, format).toEqual(image.metadata);
        expect(read.channels).toBe(image.channels);
        const difference = colourOf(read).map((v, i) => Math.abs(v - image.data[i]));
        expect(Math.max(...difference), format).toBeLessThanOrEqual(format === 'png' || format === 'tiff' ? 0 : 3);
      }
    }
  });

  test('of a grey picture is kept with one channel', async () => {
    const image = { ...flat(77), metadata: { icc: await greyProfile() } };
    const read = await readImage(await writeImage(image, 'tiff'));
    expect([colourOf(read), read.metadata]).toEqual([[77], image.metadata]);
  });

  test('that does not match the channels of the picture is dropped, and so is an invalid one', async () => {
    for (const icc of [await greyProfile(), Uint8Array.of(1, 2, 3), new Uint8Array(500)]) {
      const read = await readImage(await writeImage({ ...flat(9, 8, 7), metadata: { icc } }, 'png'));
      expect([colourOf(read), read.metadata]).toEqual([[9, 8, 7], undefined]);
    }
    const invalid = (await profile('p3')).fill(0xff, 128, 300);
    const read = await readImage(await writeImage({ ...flat(9, 8, 7), metadata: { icc: invalid } }, 'png'));
    expect(colourOf(read)).toEqual([9, 8, 7]);
  });
});

describe('EXIF and XMP', () => {
  const photo = (): Promise<Buffer> =>
    fromRaw(flat(10, 20, 30))
      .withExif({ IFD0: { Copyright: 'somebody' } })
      .withXmp(XMP)
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();

  test('are kept when asked for, with the orientation reset', async () => {
    expect((await sharp(await photo()).metadata()).orientation).toBe(6);
    const read = await readImage(await photo(), { metadata: 'all' });
    expect([read.width, read.height]).toEqual([6, 8]);
    const { exif, xmp } = read.metadata ?? {};
    expect(Buffer.from(exif ?? []).toString('latin1')).toMatch(/^(II\*|MM).*somebody/s);
    expect(Buffer.from(xmp ?? []).toString()).toBe(XMP.replace('"6"', '"1"'));
    for (const format of ['png', 'jpeg', 'webp', 'avif'] as const) {
      const again = await readImage(await writeImage(read, format), { metadata: 'all' });
      expect([again.width, again.height], format).toEqual([6, 8]);
      expect(Buffer.from(again.metadata?.exif ?? []).toString('latin1'), format).toContain('somebody');
      expect(Buffer.from(again.metadata?.xmp ?? []).toString(), format).toContain('tiff:Orientation="1"');
    }
  });

  test('are dropped by default, individually, and in PPM', async () => {
    expect((await readImage(await photo())).metadata?.exif).toBeUndefined();
    expect(Object.keys((await readImage(await photo(), { metadata: ['xmp'] })).metadata ?? {})).toEqual(['xmp']);
    const read = await readImage(await photo(), { metadata: 'all' });
    expect((await readImage(await writeImage(read, 'ppm'), { metadata: 'all' })).metadata).toBeUndefined();
  });

  test('invalid ones are not an error', async () => {
    const metadata = { exif: Buffer.from('II*\0\xff\xff\xff\xff  ', 'latin1'), xmp: Uint8Array.of(0xff, 0xfe) };
    for (const format of ['png', 'jpeg', 'webp', 'avif', 'tiff'] as const) {
      const read = await readImage(await writeImage({ ...flat(9, 9, 9), metadata }, format), { metadata: 'all' });
      expect(read.width).toBe(8);
    }
  });
});

test('the orientation tag is found in both byte orders', () => {
  for (const little of [true, false]) {
    const exif = new Uint8Array(32);
    const view = new DataView(exif.buffer, 6);
    exif.set(Buffer.from(`Exif\0\0${little ? 'II' : 'MM'}`));
    view.setUint16(2, 42, little);
    view.setUint32(4, 8, little);
    view.setUint16(8, 1, little);
    for (const [at, value] of [
      [10, 0x0112],
      [12, 3],
      [18, 8],
    ])
      view.setUint16(at, value, little); // prettier-ignore
    const upright = uprightExif(exif);
    expect(upright.length).toBe(26);
    expect(new DataView(upright.buffer).getUint16(18, little)).toBe(1);
    expect(view.getUint16(18, little)).toBe(8);
  }
  expect(uprightXmp(Buffer.from('<tiff:Orientation>8</tiff:Orientation>')).toString()).toBe(
    [...Buffer.from('<tiff:Orientation>1</tiff:Orientation>')].toString(),
  );
});

test('a choice of metadata', () => {
  expect([...kindsOf('all')]).toEqual(['icc', 'exif', 'xmp']);
  expect([...kindsOf('none')]).toEqual([]);
  expect([...kindsOf(['xmp'])]).toEqual(['xmp']);
  for (const wrong of ['icc', ['iptc'], null])
    expect(() => kindsOf(wrong as never)).toThrow(/^"metadata" expected all/);
  expect(iccColours(new Uint8Array(0))).toBe('other');
});
