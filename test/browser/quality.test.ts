/** `ddpm-codec/quality` in a page: bundled by Vite, in a real Chromium, with an ONNX network. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BUNDLERS, filesIn } from '../../bench/payload/bundles.ts';
import { openLpips, ssimulacra2, structuralSimilarity } from '../../src/entry/quality.ts';
import { squaredDistanceGraph } from '../support/onnx-networks.ts';
import { gradientPicture, noisePicture } from '../support/pictures.ts';
import { writeOnnx } from '../support/write-onnx.ts';
import { launchChromium } from './support/chromium.ts';
import { serveSite } from './support/site.ts';

const SCRIPT = `
import { openLpips, ssimulacra2, structuralSimilarity } from 'ddpm-codec/quality';

const bytes = async (path) => new Uint8Array(await (await fetch(path)).arrayBuffer());
globalThis.run = async () => {
  const [a, b] = await Promise.all(['/a.raw', '/b.raw'].map(async (path) => ({ data: await bytes(path), width: 60, height: 44, channels: 3 })));
  const network = await openLpips(await bytes('/net.onnx'), { source: 'net.onnx' });
  const wrong = await openLpips(await bytes('/a.raw'), { source: 'a.raw' }).catch(({ code }) => code);
  return [ssimulacra2(a, b), structuralSimilarity(a, b).ssim, await network.compare(a, b), wrong];
};
`;
const HTML = '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/main.js"></script>';

let folder = '';
let browser: Browser;
beforeAll(async () => {
  mkdirSync('.scratch', { recursive: true });
  folder = mkdtempSync(resolve('.scratch/quality-')); // below the package, which the script imports by its name
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

it('gives the values that Node gives', async () => {
  writeFileSync(join(folder, 'script.js'), SCRIPT);
  await BUNDLERS.Vite?.(join(folder, 'script.js'), join(folder, 'out'));
  const [a, b] = [noisePicture(60, 44, 3), gradientPicture(60, 44, 3)];
  const model = writeOnnx(squaredDistanceGraph());
  const data = { 'a.raw': new Uint8Array(a.data), 'b.raw': new Uint8Array(b.data), 'net.onnx': model };
  const site = await serveSite({ ...filesIn(join(folder, 'out')), ...data, 'index.html': HTML });
  const page = await browser.newPage();
  const foreign: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(site.url) && !/^(blob|data):/.test(request.url())) foreign.push(request.url());
  });
  try {
    await page.goto(site.url);
    const found = await page.evaluate<unknown[]>('run()');
    const network = await openLpips(model, { source: 'net.onnx' });
    const distance = (await network.compare(a, b)) as number;
    await network.close();
    expect(found[0]).toBe(ssimulacra2(a, b));
    expect(found[1]).toBe(structuralSimilarity(a, b).ssim);
    expect(found[2]).toBeCloseTo(distance, 6);
    expect(found[3]).toBe('ERR_DDPM_MODEL_CORRUPT');
    expect(foreign).toEqual([]);
  } finally {
    await page.close();
    await site.close();
  }
});

it('is bundled without the codec and its model', () => {
  const { length } = readFileSync(join(folder, 'out', 'main.js'));
  expect(length).toBeLessThan(40_000);
});
