import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { expect, test } from 'vitest';
import { readVectors } from '../portability/vectors.ts';
import { MODEL_PATH } from '../support/model-files.ts';
import { launchChromium } from './support/chromium.ts';
import { serveSite } from './support/site.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const alias = { 'ddpm-codec/browser': join(ROOT, 'src', 'entry', 'browser.ts') };

/** Builds the example with `vite build` from the present sources. */
async function buildExample(): Promise<Record<string, string | Uint8Array>> {
  const result = await build({
    root: join(ROOT, 'examples', 'browser'),
    configFile: false,
    logLevel: 'error',
    resolve: { alias },
    build: { write: false, target: 'es2022' },
  });
  if ('on' in result || Array.isArray(result)) throw new Error('a build that does not watch ends, with one output');
  return Object.fromEntries(
    result.output.map((file) => [file.fileName, file.type === 'chunk' ? file.code : file.source]),
  );
}

test('examples/browser shows a file layer by layer', async () => {
  const files = await buildExample();
  const weights = Object.entries(files).find(([name]) => name.endsWith('.safetensors'));
  expect(Buffer.compare(Buffer.from(weights?.[1] ?? ''), readFileSync(MODEL_PATH))).toBe(0);
  const site = await serveSite(files);
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    await page.goto(site.url);
    const vector = readVectors().find(({ name }) => name === '32x32');
    const buffer = Buffer.from(vector?.bytes ?? []);
    await page.setInputFiles('input', { name: '32x32.ddpm', mimeType: 'image/x-ddpm', buffer });
    const last = (vector?.layers.length ?? 0) - 1;
    await page.waitForFunction(
      `document.querySelector('output').textContent === 'layer ${last} of ${last}, ${buffer.length} bytes'`,
    );
    expect(await page.evaluate(`document.querySelector('canvas').width`)).toBe(32);
  } finally {
    await browser.close();
    await site.close();
  }
});
