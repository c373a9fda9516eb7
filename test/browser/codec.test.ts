import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadModel, openBackend } from '../../src/entry/model.ts';
import { type GoldenHashes, goldenHashes } from '../portability/golden.ts';
import { partsEngine } from '../portability/parts-engine.ts';
import { expectedPixels, readVectors } from '../portability/vectors.ts';
import { MODEL_PATH } from '../support/model-files.ts';
import type { PartsResult } from './parts-page.ts';
import { bundleForBrowser } from './support/bundle.ts';
import { callInPage, launchChromium } from './support/chromium.ts';
import { serveSite } from './support/site.ts';
import { wasmFiles } from './support/wasm-files.ts';

const vectors = readVectors();
const layers = Object.fromEntries(vectors.map((vector) => [vector.name, vector.layers]));

let browser: Browser;
let inNode: GoldenHashes;
let files: Record<string, string | Uint8Array>;

beforeAll(async () => {
  const model = await loadModel(new Uint8Array(readFileSync(MODEL_PATH)), {
    backend: await openBackend('wasm'),
    source: MODEL_PATH,
  });
  inNode = await goldenHashes(partsEngine(model), vectors);
  browser = await launchChromium();
  const bundle = await bundleForBrowser(join(import.meta.dirname, 'parts-page.ts'));
  files = { ...bundle, ...wasmFiles(), 'model.safetensors': readFileSync(MODEL_PATH) };
  for (const { name, bytes } of vectors) files[`${name}.ddpm`] = bytes;
});

afterAll(() => browser?.close());

async function runInPage(isolated: boolean): Promise<PartsResult> {
  const site = await serveSite(files, { isolated });
  const page = await browser.newPage();
  try {
    await page.goto(site.url);
    return await callInPage<PartsResult>(page, '/parts-page.js', 'run', layers);
  } finally {
    await page.close();
    await site.close();
  }
}

describe('codec and model in Chromium', () => {
  test.each([false, true])('give the bits that they give in Node; page isolated: %s', async (isolated) => {
    const found = await runInPage(isolated);
    expect(found.isolated).toBe(isolated);
    expect(found.backend).toContain('SIMD');
    expect(found.hashes.pixels).toEqual(expectedPixels());
    expect(found.hashes).toEqual(inNode);
    expect(found.fused.fused).toBe(true);
    expect(found.fused.pictures).toBeGreaterThan(50);
    expect(found.fused.largest).toBeLessThanOrEqual(1);
  });
});
