import { existsSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { NODE_VERSIONS, nodeProgram } from '../../scripts/node-versions.js';
import type { GoldenOutput } from './golden-node.ts';
import { runGolden } from './golden-program.ts';
import { expectedNetwork, expectedPixels } from './vectors.ts';

describe('golden vectors in Node', () => {
  let reference: GoldenOutput;

  beforeAll(async () => {
    reference = await runGolden(process.execPath);
  });

  test(`${process.version}: as in vectors.json, with 1 and with 2 threads`, () => {
    expect(reference.node).toBe(process.version);
    expect(reference.parts.pixels).toEqual(expectedPixels());
    expect(reference.parts.network).toEqual(expectedNetwork());
    for (const [name, expected] of Object.entries(expectedPixels())) {
      const last = expected.length - 1;
      expect(reference.library[1].pixels[name]).toEqual([expected[Math.ceil(last / 2)], expected[last]]);
    }
    const { encoded } = reference.library[1];
    const decoded = Object.entries(encoded).filter(([name]) => name.endsWith('decoded'));
    expect(decoded.map(([, found]) => found)).toEqual(['exact', 'exact', 'exact']);
    expect(reference.library[2]).toEqual(reference.library[1]);
  });

  for (const version of NODE_VERSIONS) {
    const isThere = existsSync(nodeProgram(version));
    const name = `v${version}: floats, pixels and streams are the same`;
    test.skipIf(!isThere)(isThere ? name : `${name} (skipped: not there; npm run fetch-nodes)`, async () => {
      const found = await runGolden(nodeProgram(version));
      expect(found.node).toBe(`v${version}`);
      const { parts, library, fused } = found;
      expect({ parts, library }).toEqual({ parts: reference.parts, library: reference.library });
      // Relaxed SIMD came with Node 22.
      expect(fused.fused).toBe(true);
      expect(fused.pictures).toBeGreaterThan(50);
      expect(fused.largest).toBeLessThanOrEqual(1);
    });
  }
});
