import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { describeAvif } from '../../../src/image/files/avif-description.ts';
import { findDamage } from '../../../src/image/files/find-damage.ts';
import { readImage } from '../../../src/image/files/read-image.ts';
import { gradient } from '../pictures.ts';

const FORMATS = ['png', 'jpeg', 'webp', 'gif', 'avif', 'tiff'] as const;
const files = new Map<string, Buffer>();

beforeAll(async () => {
  const { data } = gradient(96, 64, 3);
  for (const format of FORMATS) {
    const pixels = sharp(data, { raw: { width: 96, height: 64, channels: 3 } });
    files.set(format, await pixels.toFormat(format, format === 'tiff' ? { compression: 'none' } : {}).toBuffer());
  }
});

const whole = (format: string): Buffer => files.get(format) as Buffer;

async function message(bytes: Uint8Array): Promise<string> {
  const error = await readImage(bytes, { source: 'x' }).catch((e: unknown) => e);
  expect(error).toMatchObject({ code: 'ERR_DDPM_INPUT' });
  return (error as Error).message;
}

describe('a file that cannot be read says why', () => {
  test('the files of the cases', async () => {
    const file = (name: string): Uint8Array => readFileSync(`test/images/cases/${name}`);
    expect(await message(file('trunc.tif'))).toContain(
      'x: not readable as an image: truncated TIFF: its strip 1 of 1 ends at byte 19148, but the file has 9574 bytes. Give',
    );
    expect(await message(file('badcrc.png'))).toContain(
      'damaged PNG: the checksum of its chunk IDAT at byte 33 does not match',
    );
  });

  test.each(FORMATS)('%s that is cut says so, with a place', async (format) => {
    const bytes = whole(format);
    for (const part of [0.3, 0.5, 0.9]) {
      const why = await message(bytes.subarray(0, Math.floor(bytes.length * part)));
      const name = { png: 'PNG', jpeg: 'JPEG', webp: 'WebP', gif: 'GIF', avif: 'AVIF', tiff: 'TIFF' }[format];
      expect(why, `${format} ${part}`).toContain(`truncated ${name}: `);
      expect(why).toMatch(/\d+ bytes|byte \d+|end of the file/);
    }
  });

  test('a JPEG without its last bytes, or with a hole', async () => {
    const jpeg = whole('jpeg');
    expect(await message(jpeg.subarray(0, -1))).toContain(
      `it ends after ${jpeg.length - 1} bytes, without its end marker`,
    );
    const second = 4 + jpeg.readUInt16BE(4); // of the markers after the first one
    const holed = Buffer.from(jpeg).fill(0, second, second + 10);
    expect(findDamage(holed, 'reason')).toBe(`damaged JPEG: there is no marker at byte ${second}`);
  });

  test.each<[string, Uint8Array | string, string]>([
    ['.ddpm', Uint8Array.of(0xdd, 1, 2, 3), 'it is a .ddpm stream; decode it'],
    ['BMP', 'BM      ', 'it is BMP'],
    ['HEIC', '\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'it is HEIC or another of its kind (heic), of which AVIF is read'],
    ['JPEG XL', '\xff\x0a      ', 'it is JPEG XL'],
    ['PDF', '%PDF-1.7', 'it is PDF'],
  ])('%s is named', async (_, content, why) => {
    const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : content;
    expect(await message(bytes)).toContain(`x: not readable as an image: ${why}. Give a complete PNG`);
  });

  test('whole files have no fault, but for what the library says', () => {
    for (const format of FORMATS)
      expect(findDamage(whole(format), 'reason'), format).toMatch(/of a kind that is not read \(reason\)$/);
    expect(findDamage(Buffer.from('some text'), 'reason')).toBeUndefined();
  });
});

test.each(FORMATS)('%s with any bytes changed: a sentence, and no time or memory without limit', (format) => {
  const bytes = whole(format);
  const change = fc.record({ at: fc.nat(bytes.length - 1), value: fc.constantFrom(0, 1, 0x7f, 0x80, 0xff) });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), fc.nat(bytes.length), (changes, length) => {
      const damaged = Buffer.from(bytes.subarray(0, length));
      for (const { at, value } of changes) if (at < length) damaged[at] = value;
      const why = findDamage(damaged, 'reason');
      if (why !== undefined) expect(why).toMatch(/^(truncated|damaged|its|it is) [^\n]+$/);
      if (format !== 'avif') return;
      try {
        describeAvif(damaged);
      } catch (error) {
        expect((error as Error).name).toBe('UnsupportedImage');
      }
    }),
    { numRuns: 500 },
  );
});
