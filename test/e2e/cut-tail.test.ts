/** The command line with a lossless file that ends within its tail. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encode, inspect, type RawImage } from '../../src/entry/index.ts';
import { BIN } from '../support/built.ts';
import { kodakCrop } from '../support/pictures.ts';
import { type Ended, runNode } from '../support/run-node.ts';

const folder = mkdtempSync(join(tmpdir(), 'ddpm-cut-tail-'));
const path = (name: string): string => join(folder, name);
const cli = (...args: readonly string[]): Promise<Ended> => runNode([BIN, ...args]);

describe('a crop of a Kodak picture, lossless, cut in the middle of its tail', () => {
  let image: RawImage;
  let bytes: number;
  const cut = path('cut.ddpm');

  beforeAll(async () => {
    image = await kodakCrop(96, 80);
    const { data } = await encode(image, { lossless: true, effort: 1 });
    bytes = data.length - Math.floor((inspect(data).tail?.bytes ?? 0) / 2);
    writeFileSync(cut, data.subarray(0, bytes));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('decodes to exact rows above, and says how many', async () => {
    const output = path('cut.png');
    const ended = await cli('decode', cut, '-o', output, '--json');
    expect(ended.code).toBe(0);
    const { exactRows, truncated, lossless } = JSON.parse(ended.stdout.toString());
    expect([truncated, lossless]).toEqual([true, false]);
    expect(exactRows).toBeGreaterThan(25);
    expect(exactRows).toBeLessThan(60);
    const pixels = await sharp(readFileSync(output)).raw().toBuffer();
    const exact = exactRows * 96 * 3;
    expect(pixels.subarray(0, exact).equals(Uint8Array.from(image.data.subarray(0, exact)))).toBe(true);
    const said = await cli('decode', cut, '-o', path('again.png'));
    expect(said.stderr.toString()).toContain(`within its lossless tail: ${exactRows} of 80 rows exact`);
    expect(said.stderr.toString()).toContain(`layers, ${exactRows} of 80 rows exact`);
  });

  test('is refused by --strict with exit code 4', async () => {
    const ended = await cli('decode', cut, '-o', path('strict.png'), '--strict');
    expect(ended.code).toBe(4);
    expect(ended.stderr.toString()).toMatch(/truncated stream: it ends after its last layer, within the tail/);
  });

  test('info says how much of the tail is there', async () => {
    const ended = await cli('info', cut);
    expect(ended.stdout.toString()).toMatch(/tail {7}lossless, [\d ]+ of [\d ]+ bytes there\n/);
  });
});
