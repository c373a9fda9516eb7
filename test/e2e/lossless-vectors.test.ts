import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decode } from '../../src/entry/index.ts';
import { PICTURES } from '../vectors/lossless/pictures.ts';

/** Lossless files of this format version must always decode to the same bytes. */
describe('lossless golden files', () => {
  test.each(Object.entries(PICTURES))('%s.ddpm', async (name, picture) => {
    const { data } = await picture();
    const decoded = await decode(new Uint8Array(readFileSync(`test/vectors/lossless/${name}.ddpm`)));
    expect(decoded.info.lossless).toBe(true);
    expect(Buffer.compare(Buffer.from(decoded.data), Buffer.from(data))).toBe(0);
  });
});
