import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { describeStream, type StreamDescription } from '../support/describe-stream.ts';

const vectors: { files: Record<string, StreamDescription> } = JSON.parse(
  readFileSync('test/vectors/vectors.json', 'utf8'),
);

/** Files of this format version must always decode to the same budgets, code values and pixels. */
describe('golden vectors', () => {
  test.each(Object.entries(vectors.files))('%s.ddpm', async (name, expected) => {
    expect(await describeStream(new Uint8Array(readFileSync(`test/vectors/${name}.ddpm`)))).toEqual(expected);
  });
});
