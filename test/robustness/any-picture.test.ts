import { expect, test } from 'vitest';
import { checkCase } from './encode-any-picture.ts';

/** Number of pictures in a test run; `npm run fuzz:pictures` takes more. */
const PICTURES = 2000;
const BATCH = 250;

test.each(Array.from({ length: PICTURES / BATCH }, (_, i) => i * BATCH))(
  'no picture makes a file larger than its pixels, or a layer worse than its noise: from %i',
  async (first) => {
    const failures: string[] = [];
    const kinds = new Set<string>();
    for (let number = first; number < first + BATCH; number++) {
      const { kind, failure } = await checkCase('tests', number);
      kinds.add(kind);
      if (failure !== undefined) failures.push(failure);
    }
    expect(failures).toEqual([]);
    expect(kinds.size).toBe(11);
  },
  600_000,
);
