import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type LoadedImage, readImage } from '../../../src/image/files/read-image.ts';
import { gradient } from '../pictures.ts';

const read = (...parts: (string | Uint8Array)[]): Promise<LoadedImage> =>
  readImage(Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part))), {
    source: 'x.pnm',
  });
const picture = { width: 23, height: 17 } as const;
const data = (channels: 1 | 2 | 3 | 4): Uint8Array => gradient(23, 17, channels as 1 | 3).data as Uint8Array;

describe('netpbm', () => {
  test.each([1, 3] as const)('P2 and P5, P3 and P6 hold the same pixels (%i channels)', async (channels) => {
    const pixels = data(channels);
    const [text, binary] = channels === 1 ? ['P2', 'P5'] : ['P3', 'P6'];
    for (const image of [
      await read(`${text}\n# one\n23 # two\n17\n255\n`, [...pixels].join('\n')),
      await read(`${text} 23 17 255 `, [...pixels].join(' # comment\n')),
      await read(`${binary}\n23 17\n255\n`, pixels),
    ]) {
      expect(image).toMatchObject({ ...picture, channels, warnings: [] });
      expect([...image.data]).toEqual([...pixels]);
    }
  });

  test('16 bits are high byte first and are reduced with a warning; every 8-bit level comes back', async () => {
    const pixels = data(3);
    const words = Buffer.from([...pixels].flatMap((v) => [v, v]));
    const image = await read('P6 23 17 65535\n', words);
    expect([...image.data]).toEqual([...pixels]);
    expect(image.warnings).toEqual(['samples that are integers of 16 bits were reduced to 8 bits']);
    expect((await read('P5 1 1 65535\n', Buffer.from([0x12, 0x34]))).data[0]).toBe(Math.round(0x1234 / 257));
  });

  test('other largest values are scaled: 0 is black, the largest white', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 65535 }), fc.nat(), async (maximum, any) => {
        const value = any % (maximum + 1);
        const text = await read(`P2 3 1 ${maximum} 0 ${value} ${maximum}`);
        expect([...text.data]).toEqual([0, Math.round((255 * value) / maximum), 255]);
        const bytes =
          maximum < 256 ? [0, value, maximum] : [0, 0, value >> 8, value & 255, maximum >> 8, maximum & 255];
        expect((await read(`P5 3 1 ${maximum}\n`, Buffer.from(bytes))).data).toEqual(text.data);
      }),
    );
  });

  test('PBM: 1 is black, rows of bits end with a byte', async () => {
    const expected = [255, 0, 255, 255, 0, 0, 255, 255, 255, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 0];
    expect([...(await read('P1 10 2\n0100110001 # and\n1 000000001')).data]).toEqual(expected);
    expect([
      ...(await read('P4 10 2\n', Buffer.from([0b01001100, 0b01000000, 0b10000000, 0b01111111])).then((i) => i.data)),
    ]).toEqual(expected);
  });

  test('PAM of 1 to 4 channels, with comments, any order and any largest value', async () => {
    for (const channels of [1, 2, 3, 4] as const) {
      const pixels = Uint8Array.from({ length: 23 * 17 * channels }, (_, i) => (i * 7) & 255);
      const types = ['GRAYSCALE', 'GRAYSCALE_ALPHA', 'RGB', 'RGB_ALPHA'];
      const header = `P7\n# comment\nHEIGHT 17\nWIDTH  23\nDEPTH ${channels}\nMAXVAL 255\nTUPLTYPE ${types[channels - 1]}\nENDHDR\n`;
      const image = await read(header, pixels);
      expect(image).toMatchObject({ ...picture, channels });
      expect([...image.data]).toEqual([...pixels]);
    }
    const bits = await read(
      'P7\nWIDTH 2\nHEIGHT 1\nDEPTH 1\nMAXVAL 1\nTUPLTYPE BLACKANDWHITE\nENDHDR\n',
      Buffer.from([0, 1]),
    );
    expect([...bits.data]).toEqual([0, 255]);
    const opaque = await read('P7\nWIDTH 1\nHEIGHT 1\nDEPTH 2\nMAXVAL 255\nENDHDR\n', Buffer.from([9, 255]));
    expect([opaque.channels, ...opaque.data]).toEqual([1, 9]);
  });

  test('of several pictures in a file the first is taken, with a warning', async () => {
    const one = 'P5 1 1 255\nA';
    expect(await read(one, one)).toMatchObject({ warnings: ['only the first of several pictures was taken'] });
    expect((await read('P2 1 1 255 7\n', one)).warnings).toHaveLength(1);
    expect((await read(one, '\n')).warnings).toEqual([]);
  });

  test.each([
    ['P5 4 4 255\nabc', 'truncated: 3 of 16 bytes of pixels'],
    ['P2 4 4 255\n1 2 3 4 5 6 7 8 9 10 ', 'truncated: the file ends after 32 bytes where a sample should be'],
    ['P1 9 9\n0 1 2', 'truncated: 5 of 81 bytes of pixels'],
    ['P1 2 1\n0x', 'byte 8 is 120 where 0 or 1 should be'],
    ['P5', 'truncated: the file ends after 2 bytes where the width should be'],
    ['P5 x', 'byte 3 is 120 where the width should be'],
    ['P5 12345678901 1 255\n', 'the width at byte 3 has more than nine digits'],
    ['P5 0 1 255\n', 'the picture has no pixels'],
    ['P5 1 1 0\nA', 'its largest value is 0; 1..65535 are allowed'],
    ['P5 1 1 65536\nAA', 'its largest value is 65536; 1..65535 are allowed'],
    ['P5 1 1 7\nA', 'a sample is 65, above the largest value 7 of the header'],
    ['P2 1 1 7 8', 'a sample is 8, above the largest value 7 of the header'],
    ['P7\nWIDTH 1\n', 'truncated: its header has no ENDHDR'],
    ['P7\nWIDTH 1\nENDHDR\n', 'its header has no HEIGHT'],
    ['P7\nWIDTH 1\nHEIGHT 1\nDEPTH 5\nMAXVAL 255\nENDHDR\nAAAAA', 'it has 5 channels; 1 to 4 are read'],
    ['P7\nWIDTH many\nENDHDR\n', 'its header has WIDTH many'],
  ])('%j: says what is wrong', async (text, why) => {
    const error = await read(text).catch((e: unknown) => e);
    expect(error).toMatchObject({
      code: 'ERR_DDPM_INPUT',
      message: expect.stringContaining(`x.pnm: not readable as an image: ${why}`),
    });
  });

  test('a header that claims more than there is takes no memory', async () => {
    for (const text of ['P6 16000 16000 65535\n', 'P3 16000 16000 255\n1 2', 'P4 99999 2000\n', 'P1 16000 16000\n']) {
      const before = process.memoryUsage().arrayBuffers;
      await expect(read(text)).rejects.toThrow('truncated');
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e6);
    }
    await expect(read('P6 999999999 999999999 255\n')).rejects.toMatchObject({ code: 'ERR_DDPM_LIMIT' });
  });

  test('files of other programs', async () => {
    const [text, wide] = ['p3.ppm', 'p6_16.ppm'].map((name) => readFileSync(`test/images/cases/${name}`));
    const image = await readImage(text);
    expect(image).toMatchObject({ width: 48, height: 32, channels: 3, warnings: [] });
    expect([...image.data.subarray(0, 8)]).toEqual([225, 213, 227, 225, 213, 227, 229, 220]);
    expect((await readImage(wide)).data).toEqual(image.data);
  });
});
