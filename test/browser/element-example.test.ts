/** examples/element as a production build: of the packed package, minified, in Chromium. */
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { makeConsumer } from '../../bench/payload/packed-package.ts';
import { withPictures } from '../../examples/element/figure.js';
import { encode, inspect, placeholder, writeImage } from '../../src/entry/index.ts';
import { ROOT } from '../support/built.ts';
import { kodakCrop } from '../support/pictures.ts';
import { launchChromium } from './support/chromium.ts';
import { PictureFiles } from './support/picture-files.ts';
import { type Site, serveSite } from './support/site.ts';

const COUNT = 20;
const SIZE = { width: 192, height: 128 };

let browser: Browser;
let site: Site;
let page: Page;
let photo: Uint8Array;
const server = new PictureFiles();
const logged: string[] = [];

beforeAll(async () => {
  const image = await kodakCrop(SIZE.width, SIZE.height);
  photo = (await encode(image, { effort: 1 })).data;
  const first = Buffer.from(await placeholder(image)).toString('base64');
  const names = Array.from({ length: COUNT }, (_, i) => String(i + 1).padStart(2, '0'));
  const pictures = names.map((name) => ({ name, alt: `Photograph ${name}`, ...SIZE, placeholder: first }));
  for (const name of names) {
    server.files.set(`${name}.ddpm`, { bytes: photo, etag: '"1"' });
    server.files.set(`${name}.jpg`, { bytes: await writeImage(image, 'jpeg'), type: 'image/jpeg' });
  }
  const { installed } = makeConsumer(ROOT, 'element-example');
  const result = await build({
    root: join(ROOT, 'examples', 'element'),
    configFile: false,
    publicDir: false,
    logLevel: 'error',
    resolve: { alias: { 'ddpm-codec/element': join(installed, 'dist', 'entry', 'element.js') } },
    plugins: [withPictures(() => pictures)],
    build: { write: false },
  });
  if ('on' in result || Array.isArray(result)) throw new Error('a build that does not watch ends, with one output');
  const files = result.output.map((file) => [file.fileName, file.type === 'chunk' ? file.code : file.source]);
  site = await serveSite(Object.fromEntries(files), { handle: server.handle });
  browser = await launchChromium();
  page = await browser.newPage({ viewport: { width: 800, height: 500 } });
  page.on('console', (message) => logged.push(message.text()));
  page.on('pageerror', (error) => logged.push(String(error)));
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

/** Numbers of the pictures that are complete and have so many bytes. */
const done = (bytes: number): Promise<number> =>
  page.evaluate(`[...document.querySelectorAll('ddpm-image')]
    .filter(({ complete, currentBytes }) => complete && currentBytes === ${bytes}).length`);

test('shows twenty pictures as they come near the screen, and their bytes', async () => {
  await page.goto(site.url);
  await vi.waitFor(async () => expect(await done(photo.length)).toBeGreaterThan(3), 60_000);
  const before = new Set(server.requests.map(({ path }) => path)).size;
  expect(before).toBeLessThan(COUNT);
  await page.mouse.move(400, 300);
  await page.mouse.wheel(0, 400);
  for (const picture of await page.locator('ddpm-image').all()) {
    await picture.scrollIntoViewIfNeeded();
    await vi.waitFor(async () => expect(await picture.evaluate(isComplete)).toBe(true), 60_000);
  }
  expect(await done(photo.length)).toBe(COUNT);
  expect(await page.locator('#sum').innerText()).toContain(`${COUNT} of ${COUNT} done`);
  expect(await page.locator('figure output').first().innerText()).toMatch(/^layer \d+ of \d+, /);
  expect(server.requests.filter(({ path }) => path.endsWith('.jpg'))).toEqual([]);
  expect(logged).toEqual([]);
});

test('takes a limit by keyboard, without fetching anything', async () => {
  const { length } = server.requests;
  await page.locator('#most').focus();
  await page.keyboard.press('End');
  await page.locator('ddpm-image').first().scrollIntoViewIfNeeded();
  await vi.waitFor(async () => expect(await done(1000)).toBeGreaterThan(0), 60_000);
  expect(inspect(photo.subarray(0, 1000)).truncated).toBe(true);
  expect(server.requests).toHaveLength(length);
});

/** In the page: whether a picture has all its bytes. */
const isComplete = (element: SVGElement | HTMLElement): boolean => (element as HTMLImageElement).complete;
