import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildProgram, runGolden } from './build-program.ts';
import type { GoldenOutput } from './golden-node.ts';
import { otherNode } from './other-node.ts';
import { expectedNetwork, expectedPixels } from './vectors.ts';

/** Versions from the registry, beside the one that runs the tests. OTHER_NODES=26.10.0,24.21.0 names others, `none` leaves them out. */
const OTHERS = (process.env.OTHER_NODES ?? '22.23.3,24.21.0').split(',').filter((version) => version !== 'none');
const folder = mkdtempSync(join(tmpdir(), 'ddpm-golden-'));

describe('golden vectors in Node', () => {
  let reference: GoldenOutput;

  beforeAll(async () => {
    buildProgram(folder);
    reference = await runGolden(folder, process.execPath);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test(`${process.version}: as in vectors.json, with 1 and with 2 threads`, () => {
    expect(reference.node).toBe(process.version);
    expect(reference.parts.pixels).toEqual(expectedPixels());
    expect(reference.parts.network).toEqual(expectedNetwork());
    for (const [name, expected] of Object.entries(expectedPixels())) {
      const last = expected.length - 1;
      expect(reference.library?.[1].pixels[name]).toEqual([expected[Math.ceil(last / 2)], expected[last]]);
    }
    const { encoded } = reference.library?.[1] ?? { encoded: {} };
    const decoded = Object.entries(encoded).filter(([name]) => name.endsWith('decoded'));
    expect(decoded.map(([, found]) => found)).toEqual(['exact', 'exact', 'exact']);
    expect(reference.library?.[2]).toEqual(reference.library?.[1]);
  });

  test.each(OTHERS)('v%s: floats, pixels and streams are the same', async (version) => {
    const found = await runGolden(folder, await otherNode(version));
    expect(found.node).toBe(`v${version}`);
    const { parts, library } = found;
    expect({ parts, library }).toEqual({ parts: reference.parts, library: reference.library });
  });

  test.runIf(OTHERS.length === 0)('other versions of Node are left out: OTHER_NODES=none', ({ skip }) => skip());
});
