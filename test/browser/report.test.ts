/** Tests the benchmark's report in a real Chromium without network access. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runBenchmark } from '../../src/entry/bench.ts';
import { writeBenchSet } from '../support/bench-set.ts';
import { launchChromium } from './support/chromium.ts';

let folder = '';
let browser: Browser;
let page: Page;
const requests: string[] = [];
const faults: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ddpm-report-'));
  const images = await writeBenchSet(join(folder, 'set'));
  const settings = { effort: 1, endSigma: 0.1 };
  const options = {
    codecs: ['ddpm', 'jpeg', 'webp'],
    isolate: false,
    crops: 2,
    references: ['uqdm'],
    settings,
  } as const;
  await runBenchmark([images], join(folder, 'out'), options);
  browser = await launchChromium();
  page = await (await browser.newContext({ offline: true, viewport: { width: 1200, height: 900 } })).newPage();
  page.on('request', (request) => requests.push(request.url()));
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => faults.push(message.text()));
  await page.goto(pathToFileURL(join(folder, 'out', 'report.html')).href);
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

const shownPlot = (): ReturnType<Page['locator']> => page.locator('.plot:visible');

describe('report.html', () => {
  test('loads nothing but itself and its inline pictures, without errors', () => {
    expect(requests.filter((url) => !url.startsWith('data:'))).toHaveLength(1);
    expect(faults).toEqual([]);
  });

  test('shows one plot with units on its axes, and another when asked', async () => {
    expect(await shownPlot().count()).toBe(1);
    expect(await shownPlot().textContent()).toContain('rate (bits per pixel, log scale)');
    expect(await shownPlot().textContent()).toContain('UQDM (published)');
    await page.locator('input[name=measure][value=ssim]').check();
    await page.locator('input[name=scale][value=linear]').check();
    await page.locator('input[name=counted][value=payload]').check();
    expect(await shownPlot().count()).toBe(1);
    expect(await shownPlot().textContent()).toContain('rate without fixed cost (bits per pixel)');
    expect(await shownPlot().textContent()).toContain('SSIM');
    await page.locator('input[name=measure][value=psnr]').check();
    await page.locator('input[name=counted][value=file]').check();
  });

  test('lines and legend lie within the plot, and labels do not overlap', async () => {
    for (const svg of await page.locator('.plot:visible svg, #images svg').all()) {
      const outer = await svg.boundingBox();
      if (!outer) throw new Error('the plot is not laid out');
      const boxes = await svg.locator('text').evaluateAll((texts) =>
        texts.map((text) => {
          const { left, right, top, bottom } = text.getBoundingClientRect();
          return { left, right, top, bottom, words: text.textContent ?? '' };
        }),
      );
      const shown = boxes.filter(({ words, right, left }) => words !== '' && right > left);
      expect(shown.length).toBeGreaterThan(10);
      for (const a of shown) {
        expect(a.left).toBeGreaterThanOrEqual(outer.x - 1);
        expect(a.right).toBeLessThanOrEqual(outer.x + outer.width + 1);
        const over = shown.filter(
          (b) =>
            b !== a && a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3,
        );
        expect(over.map(({ words }) => `${a.words} / ${words}`)).toEqual([]);
      }
    }
  });

  test('a mark shows its values', async () => {
    await shownPlot().locator('path[aria-roledescription="point"]').first().hover({ force: true });
    expect(await page.locator('#tip').textContent()).toMatch(/^\S.*: -?\d+\.\d\d dB at [\d.]+ bpp$/);
  });

  test('the slider divides two crops of about equal bytes', async () => {
    expect(await page.locator('#left-caption').textContent()).toMatch(/^Left: ddpm-codec, \d+ bytes/);
    expect(await page.locator('#right-caption').textContent()).toMatch(/^Right: (JPEG|WebP)/);
    const width = (): Promise<number> => page.locator('#left-clip').evaluate((element) => element.clientWidth);
    const half = await width();
    await page.locator('#slider').fill('25');
    expect(Math.abs((await width()) - half / 2)).toBeLessThanOrEqual(2);
    const loaded = await page
      .locator('#compare img')
      .evaluateAll((pictures) => pictures.map((picture) => (picture as HTMLImageElement).naturalWidth));
    expect(loaded).toEqual([40, 40]);
    await page.locator('#crop-image').selectOption('right');
    await page.locator('#crop-right').selectOption('original');
    expect(await page.locator('#right-caption').textContent()).toBe('Right: Original');
  });
});
