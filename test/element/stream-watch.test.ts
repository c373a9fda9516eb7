import { beforeAll, describe, expect, test } from 'vitest';
import { StreamWatch } from '../../src/element/stream-watch.ts';
import { decode, encode, inspect } from '../../src/entry/index.ts';
import { kodakCrop } from '../support/pictures.ts';
import { withWrongIndex } from '../support/wrong-index.ts';

const SMALL = { maxWidth: 48, maxHeight: 32 };
const WHOLE = { maxWidth: 5000, maxHeight: 5000 };

let photo: Uint8Array;
let lossless: Uint8Array;
let plain: Uint8Array;

beforeAll(async () => {
  const image = await kodakCrop(192, 128);
  photo = (await encode(image, { effort: 1 })).data;
  lossless = (await encode(image, { effort: 1, lossless: true })).data;
  plain = (await encode(image, { effort: 1, index: false })).data;
});

/** A watch that has some bytes. */
function watching(...chunks: Uint8Array[]): StreamWatch {
  const watch = new StreamWatch();
  for (const chunk of chunks) watch.push(chunk);
  return watch;
}

describe('StreamWatch', () => {
  test('knows from the first bytes what a picture takes', async () => {
    const watch = watching(photo.subarray(0, 100));
    expect(watch.size).toMatchObject({ width: 192, height: 128 });
    const { info } = await decode(photo, SMALL);
    expect(info.bytes).toBeLessThan(photo.length);
    expect(watch.bytesFor(SMALL)).toBe(info.bytes);
    expect(watch.bytesFor(WHOLE)).toBe(photo.length);
    expect(watching(lossless.subarray(0, 100)).bytesFor(WHOLE)).toBe(lossless.length);
    expect(watch.coarseLayers(SMALL)).toBeLessThan(info.layers.length);
  });

  test('takes bytes in any pieces', () => {
    const watch = watching(...Array.from(photo, (_, i) => photo.subarray(i, i + 1)));
    expect(watch.layers).toBe(inspect(photo).layersTotal);
    expect(watch.startBytes).toBe(inspect(photo).headerBytes);
    expect(watch.isEnded).toBe(true);
    expect(watching(photo.subarray(0, -1)).isEnded).toBe(false);
  });

  test('counts the parts of a tail that are here, and those that a frame has', () => {
    const tail = lossless.length - (inspect(lossless).layers.at(-1)?.cumulativeBytes ?? 0);
    const watch = watching(lossless.subarray(0, lossless.length - Math.floor(0.47 * tail)));
    expect(watch.tailParts()).toBe(8);
    expect(watch.tailParts(lossless.length - Math.floor(0.7 * tail))).toBe(4);
    expect(watch.tailParts(lossless.length - tail)).toBe(0);
    expect(watching(lossless).tailParts()).toBe(16);
    expect(watching(photo).tailParts()).toBe(0);
  });

  test('wants no tail for a small picture of a file whose layers end at a coarse level', () => {
    const small = { maxWidth: 40, maxHeight: 40 };
    const watch = watching(lossless.subarray(0, 100));
    expect(inspect(lossless).layers.at(-1)?.level).toBe(1);
    const needed = watch.bytesFor(small) ?? 0;
    expect(inspect(lossless).layers.map(({ cumulativeBytes }) => cumulativeBytes)).toContain(needed);
  });

  test('says nothing before the index is there', () => {
    expect(watching(photo.subarray(0, 10)).size).toBeUndefined();
    const header = Array.from(photo.keys()).find((n) => watching(photo.subarray(0, n)).size) ?? 0;
    expect(watching(photo.subarray(0, header)).bytesFor(SMALL)).toBeUndefined();
  });

  test('wants all of a file without an index, or with a wrong one', () => {
    expect(watching(plain.subarray(0, 100)).bytesFor(SMALL)).toBe(Number.POSITIVE_INFINITY);
    const wrong = withWrongIndex(photo);
    const start = inspect(wrong).headerBytes;
    expect(watching(wrong.subarray(0, start)).bytesFor(SMALL)).toBeLessThan(start + 20);
    expect(watching(wrong).bytesFor(SMALL)).toBe(Number.POSITIVE_INFINITY);
  });

  test.each([
    ['a web page', Buffer.from('<!doctype html>')],
    ['zeros', new Uint8Array(100)],
  ])('refuses %s at once', (_, bytes) => {
    expect(() => watching(bytes.subarray(0, 2))).toThrow(/not a \.ddpm file/);
  });

  test('notices damage', () => {
    const { layers } = inspect(photo);
    const bytes = Uint8Array.from(photo).fill(255, layers[1]?.cumulativeBytes);
    const watch = watching(bytes);
    expect(watch.isEnded).toBe(true);
    expect(watch.layers).toBe(2);
  });
});
