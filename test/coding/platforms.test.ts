import { describe, expect, test } from 'vitest';
import { BROWSER } from '../../src/browser/browser-platform.ts';
import { NODE } from '../../src/node/node-platform.ts';

const PLATFORMS = [
  ['Node', NODE],
  ['browsers', BROWSER],
] as const;

const [width, height] = [700, 500]; // inflated in several pieces, which end within rows
const data = Uint8Array.from({ length: width * height }, (_, i) => (i * i) % 251);

async function collect(rows: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const row of rows) parts.push(row.slice());
  return new Uint8Array(Buffer.concat(parts));
}

describe.each(PLATFORMS)('platform of %s', (_, platform) => {
  test.each(PLATFORMS)('reads the alpha planes that %s write', async (__, writer) => {
    const png = platform.openGreyPng(await writer.writeGreyPng({ width, height, data }), width * height);
    expect([png.width, png.height]).toEqual([width, height]);
    expect(await collect(png.rows)).toEqual(data);
  });

  test('a reader of rows may stop early', async () => {
    const { rows } = platform.openGreyPng(await platform.writeGreyPng({ width, height, data }), width * height);
    for await (const row of rows) {
      expect(row).toEqual(data.subarray(0, width));
      break;
    }
  });

  test('inflates what was deflated, and no more than is allowed', async () => {
    const packed = await platform.deflateRaw(data);
    expect(await platform.inflateRaw(packed, data.length)).toEqual(data);
    await expect(platform.inflateRaw(packed, data.length - 1)).rejects.toThrow();
    await expect(platform.inflateRaw(packed.subarray(0, 99), data.length)).rejects.toThrow();
  });
});
