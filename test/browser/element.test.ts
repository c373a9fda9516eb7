import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { bytesFor, encode, inspect, placeholder, placeholderToImage } from '../../src/entry/index.ts';
import { MODEL_PATH } from '../support/model-files.ts';
import { withWrongIndex } from '../support/wrong-index.ts';
import type * as elementPage from './element-page.ts';
import { bundleForBrowser } from './support/bundle.ts';
import { callInPage, launchChromium } from './support/chromium.ts';
import { type PictureFile, PictureFiles, type PictureRequest } from './support/picture-files.ts';
import { type Site, serveSite } from './support/site.ts';

const PHOTOGRAPH = join(import.meta.dirname, '..', 'images', 'kodak', 'kodim13.png');
const FULL = { width: 384, height: 256 };
/** A size for which the coarser levels are enough. */
const SMALL = { width: 96, height: 64 };
const BOX = { maxWidth: SMALL.width, maxHeight: SMALL.height };
const FIRST = 4096;
/** How long to wait for what comes at once where the machine has time. */
const WAIT_MS = 30_000;

let photo: Uint8Array;
let other: Uint8Array;
let small: Buffer;
/** Number of bytes that a picture of the size SMALL takes. */
let smallBytes: number;
let browser: Browser;
let site: Site;
let page: Page;
let server: PictureFiles;
const consoleLines: string[] = [];

type Page_ = typeof elementPage;
const call = <K extends keyof Page_>(
  name: K,
  ...values: unknown[]
): Promise<Page_[K] extends (...args: never[]) => infer R ? Awaited<R> : never> =>
  callInPage(page, '/element-page.js', name, ...values);

beforeAll(async () => {
  small = await sharp(PHOTOGRAPH).resize(FULL).png().toBuffer();
  photo = (await encode(small, { effort: 1 })).data;
  other = (await encode(await sharp(small).negate().png().toBuffer(), { effort: 1 })).data;
  const { index, ...info } = inspect(photo);
  const { layers } = info;
  smallBytes = bytesFor({ index, warnings: [] }, { layers: layers.filter(({ level }) => level > 0).length });
  server = new PictureFiles();
  const bundle = await bundleForBrowser(join(import.meta.dirname, 'element-page.ts'));
  site = await serveSite({ ...bundle, 'model.safetensors': readFileSync(MODEL_PATH) }, { handle: server.handle });
  browser = await launchChromium();
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

beforeEach(async () => {
  server.files.clear();
  server.requests.length = 0;
  page = await browser.newPage();
  consoleLines.length = 0;
  page.on('console', (message) => consoleLines.push(message.text()));
  page.on('pageerror', (error) => consoleLines.push(String(error)));
  await page.goto(site.url);
  await call('useModel', '/model.safetensors');
});

afterEach(async () => {
  await page.close();
});

/** Serves a file as `a.ddpm`. */
function serve(file: Partial<PictureFile> = {}, path = 'a.ddpm'): void {
  server.files.set(path, { bytes: photo, etag: '"1"', ...file });
}

const sizeOf = ({ width, height }: { width: number; height: number }): string => `width="${width}" height="${height}"`;

const ranges = (requests: PictureRequest[] = server.requests): (string | undefined)[] =>
  requests.map(({ range }) => range);

describe('frames', () => {
  test('get better layer by layer, and the last is what decode gives at that size', async () => {
    serve();
    await call('show', `<ddpm-image id="p" src="a.ddpm" alt="A mountain stream" ${sizeOf(SMALL)}></ddpm-image>`);
    expect(await call('ended', 'p')).toBe('loaded');
    const told = await call('events');
    const layers = inspect(photo).layers.filter(({ level }) => level > 0);
    expect(told.map(({ name }) => name)).toEqual([...layers.map(() => 'frame'), 'load']);
    expect(told.slice(0, -1).map(({ bytes }) => bytes)).toEqual(layers.map(({ cumulativeBytes }) => cumulativeBytes));
    expect(told[0]).toMatchObject({ layer: 1, layersTotal: inspect(photo).layersTotal, ...SMALL });
    expect(await call('compare', 'p', '/a.ddpm', BOX)).toEqual({ ...SMALL, part: 'picture', difference: 0 });
    expect(await call('state', 'p')).toMatchObject({
      src: `${site.url}a.ddpm`,
      alt: 'A mountain stream',
      ...SMALL,
      complete: true,
      naturalWidth: FULL.width,
      naturalHeight: FULL.height,
      currentBytes: smallBytes,
    });
    expect(consoleLines).toEqual([]);
  });

  test('the first is that of the first layer, while the rest is still to come', async () => {
    serve({ piece: inspect(photo).layers[0]?.cumulativeBytes ?? 0, pauseMs: 100_000 });
    await call('show', `<ddpm-image id="p" src="a.ddpm" ${sizeOf(FULL)}></ddpm-image>`);
    await vi.waitFor(async () => expect(await call('events')).toHaveLength(1), WAIT_MS);
    serve();
    expect(await call('compare', 'p', '/a.ddpm', { layers: 1 })).toMatchObject({ ...FULL, difference: 0 });
    expect(await call('state', 'p')).toMatchObject({ complete: false });
  });

  test('of a lossless file get exact row by row, while the rest is still to come', async () => {
    const picture = await sharp(PHOTOGRAPH).extract({ left: 0, top: 0, width: 128, height: 96 }).png().toBuffer();
    const bytes = (await encode(picture, { effort: 1, lossless: true })).data;
    const tail = inspect(bytes).tail?.bytes ?? 0;
    serve({ bytes, piece: bytes.length - Math.floor(tail / 2), pauseMs: 100_000 });
    await call('show', `<ddpm-image id="p" src="a.ddpm" ${sizeOf({ width: 128, height: 96 })}></ddpm-image>`);
    const rows = async (): Promise<number> => Math.max(0, ...(await call('events')).map((told) => told.exactRows ?? 0));
    await vi.waitFor(async () => expect(await rows()).toBeGreaterThan(10), WAIT_MS);
    expect(await rows()).toBeLessThan(80);
    expect(await call('state', 'p')).toMatchObject({ complete: false });
    expect(consoleLines).toEqual([]);
  });

  test('have one pixel for each of the screen', async () => {
    serve();
    const context = await browser.newContext({ deviceScaleFactor: 2 });
    try {
      await page.close();
      page = await context.newPage();
      await page.goto(site.url);
      await call('useModel', '/model.safetensors');
      await call('show', `<ddpm-image id="p" src="a.ddpm" ${sizeOf(SMALL)}></ddpm-image>`);
      expect(await call('ended', 'p')).toBe('loaded');
      expect(await call('compare', 'p', '/a.ddpm', { maxWidth: 192, maxHeight: 128 })).toMatchObject({
        width: 192,
        height: 128,
        difference: 0,
      });
    } finally {
      await context.close();
    }
  });

  test('keep to the room that the attributes reserve, and take the natural size without them', async () => {
    serve({ pauseMs: 100_000, piece: 1 });
    await call('show', `<div style="width: 48px"><ddpm-image id="p" src="a.ddpm" ${sizeOf(SMALL)}></ddpm-image></div>`);
    const box = await page.locator('#p').boundingBox();
    expect(box).toMatchObject({ width: 48, height: 32 });
    serve();
    await call('show', '<ddpm-image id="p" src="a.ddpm"></ddpm-image>');
    expect(await call('ended', 'p')).toBe('loaded');
    expect(await page.locator('#p').boundingBox()).toMatchObject(FULL);
    expect(await call('compare', 'p', '/a.ddpm', {})).toMatchObject({ ...FULL, difference: 0 });
  });

  test('fade into each other, but not for who wants no movement', async () => {
    serve();
    const html = `<ddpm-image id="p" style="--ddpm-image-fade: 60000" src="a.ddpm" ${sizeOf(SMALL)}></ddpm-image>`;
    await call('show', html);
    await call('ended', 'p');
    expect(await call('animations', 'p')).toBe(1);
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await call('show', html);
    await call('ended', 'p');
    expect(await call('animations', 'p')).toBe(0);
  });
});

describe('bytes', () => {
  test('asks for header and index, then for exactly what the size takes, and for more when it grows', async () => {
    serve();
    await call('show', `<ddpm-image id="p" src="a.ddpm" ${sizeOf(SMALL)}></ddpm-image>`);
    await call('ended', 'p');
    const expected = smallBytes > FIRST ? ['bytes=0-4095', `bytes=4096-${smallBytes - 1}`] : ['bytes=0-4095'];
    expect(ranges()).toEqual(expected);
    await page.addStyleTag({ content: `#p { width: ${FULL.width}px; }` });
    await vi.waitFor(async () => {
      const last = (await call('events')).at(-1);
      expect(last?.name).toBe('load');
      expect((await call('state', 'p')).currentBytes).toBe(photo.length);
    }, WAIT_MS);
    const here = Math.max(smallBytes, FIRST);
    expect(ranges()).toEqual([...expected, `bytes=${here}-${photo.length - 1}`]);
    expect(server.requests.at(-1)?.ifRange).toBe('"1"');
    expect(await call('compare', 'p', '/a.ddpm', {})).toMatchObject({ ...FULL, difference: 0 });
    const told = (await call('events')).filter(({ name }) => name === 'frame').map(({ bytes }) => bytes ?? 0);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
  });

  test('max-bytes is the most that is fetched, and all of it is in the picture', async () => {
    serve();
    const most = Math.floor(photo.length * 0.6);
    await call('show', `<ddpm-image id="p" max-bytes="${most}" src="a.ddpm" ${sizeOf(FULL)}></ddpm-image>`);
    expect(await call('ended', 'p')).toBe('loaded');
    expect(server.requests.reduce((sum, { sent }) => sum + sent, 0)).toBe(most);
    expect(await call('compare', 'p', '/a.ddpm', { bytes: most })).toMatchObject({ ...FULL, difference: 0 });
    server.requests.length = 0;
    await call('set', 'p', 'maxBytes', most + 500);
    expect(await call('ended', 'p')).toBe('loaded');
    expect(ranges()).toEqual([`bytes=${most}-${most + 499}`]);
    await call('set', 'p', 'maxBytes', 2000);
    expect(await call('ended', 'p')).toBe('loaded');
    expect(server.requests).toHaveLength(1);
    expect(await call('compare', 'p', '/a.ddpm', { bytes: 2000 })).toMatchObject({ ...FULL, difference: 0 });
  });

  test('a server without ranges is cut off once there is enough', async () => {
    serve({ ranges: false, piece: 2000, pauseMs: 50 });
    const most = 5000;
    await call('show', `<ddpm-image id="p" max-bytes="${most}" src="a.ddpm" ${sizeOf(FULL)}></ddpm-image>`);
    expect(await call('ended', 'p')).toBe('loaded');
    await vi.waitFor(() => expect(server.requests[0]?.cut).toBe(true), WAIT_MS);
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]?.sent).toBeLessThan(photo.length / 2);
    expect(await call('state', 'p')).toMatchObject({ currentBytes: most });
  });

  test('a file without an index is taken to its end', async () => {
    const bytes = (await encode(await sharp(small).resize(64).png().toBuffer(), { effort: 1, index: false })).data;
    serve({ bytes });
    await call('show', '<ddpm-image id="p" src="a.ddpm" width="32"></ddpm-image>');
    expect(await call('ended', 'p')).toBe('loaded');
    expect((await call('compare', 'p', '/a.ddpm', { maxWidth: 32, maxHeight: 32 }))?.difference).toBe(0);
  });

  test('a file whose index is wrong is taken to its end', async () => {
    serve({ bytes: withWrongIndex(photo) });
    await call('show', `<ddpm-image id="p" src="a.ddpm" ${sizeOf(FULL)}></ddpm-image>`);
    expect(await call('ended', 'p')).toBe('loaded');
    expect((await call('compare', 'p', '/a.ddpm', {}))?.difference).toBe(0);
  });

  test('what follows the end of a file is not fetched', async () => {
    const bytes = (await encode(await sharp(small).resize(64).png().toBuffer(), { effort: 1, index: false })).data;
    serve({ bytes: Buffer.concat([bytes, new Uint8Array(10_000_000)]), ranges: false, piece: 10_000, pauseMs: 20 });
    await call('show', '<ddpm-image id="p" src="a.ddpm" width="64"></ddpm-image>');
    expect(await call('ended', 'p')).toBe('loaded');
    await vi.waitFor(() => expect(server.requests.at(-1)?.cut).toBe(true), WAIT_MS);
    expect(server.requests.at(-1)?.sent).toBeLessThan(1_000_000);
  });

  test('a file that changes while it is read is not spliced', async () => {
    serve({ etag: '"1"' });
    await call('show', `<ddpm-image id="p" max-bytes="5000" src="a.ddpm" ${sizeOf(FULL)}></ddpm-image>`);
    await call('ended', 'p');
    serve({ bytes: other, etag: '"2"' });
    await call('set', 'p', 'maxBytes', Number.MAX_SAFE_INTEGER);
    expect(await call('ended', 'p')).toBe('loaded');
    expect(await call('compare', 'p', '/a.ddpm', {})).toMatchObject({ ...FULL, difference: 0 });
  });

  test('an element that is taken out stops download and work, and goes on when it is put back', async () => {
    serve({ piece: 3000, pauseMs: 200 });
    await call('show', `<ddpm-image id="p" src="a.ddpm" ${sizeOf(FULL)}></ddpm-image><p id="rest"></p>`);
    await vi.waitFor(async () => expect((await call('events')).length).toBeGreaterThan(0), WAIT_MS);
    await page.evaluate('globalThis.kept = document.querySelector("#p"); kept.remove()');
    const before = (await call('events')).length;
    await vi.waitFor(() => expect(server.requests.at(-1)?.cut).toBe(true), WAIT_MS);
    await page.waitForTimeout(500);
    expect(await call('events')).toHaveLength(before);
    const { length } = server.requests;
    serve();
    await page.evaluate('document.body.append(kept)');
    expect(await call('ended', 'p')).toBe('loaded');
    expect(server.requests[length]?.range).not.toBe('bytes=0-4095');
    expect((await call('compare', 'p', '/a.ddpm', {}))?.difference).toBe(0);
  });

  test('an element that is only moved does not begin anew', async () => {
    serve({ piece: 500, pauseMs: 50 });
    await call('show', `<ddpm-image id="p" src="a.ddpm" ${sizeOf(SMALL)}></ddpm-image><p>text</p>`);
    await vi.waitFor(() => expect(server.requests).toHaveLength(1), WAIT_MS);
    await call('move', 'p', 'end');
    expect(await call('ended', 'p')).toBe('loaded');
    expect(ranges().filter((range) => range?.startsWith('bytes=0-'))).toHaveLength(1);
  });

  test('lazy: nothing is fetched before the element comes near the screen', async () => {
    serve();
    const html = `<div style="height: 10000px"></div><ddpm-image id="p" loading="lazy" src="a.ddpm" ${sizeOf(SMALL)}></ddpm-image>`;
    await call('show', html);
    await page.waitForTimeout(400);
    expect(server.requests).toEqual([]);
    await page.mouse.wheel(0, 9000);
    expect(await call('ended', 'p')).toBe('loaded');
    expect(server.requests.length).toBeGreaterThan(0);
  });

  test('eager: an element far down the page is loaded', async () => {
    serve();
    const html = `<div style="height: 10000px"></div><ddpm-image id="p" src="a.ddpm" ${sizeOf(SMALL)}></ddpm-image>`;
    await call('show', html);
    expect(await call('ended', 'p')).toBe('loaded');
  });
});

describe('sources', () => {
  test('another source begins anew, and the promise of the one before rejects', async () => {
    serve({ piece: 500, pauseMs: 100 });
    serve({ bytes: other }, 'b.ddpm');
    await call('show', `<ddpm-image id="p" src="a.ddpm" ${sizeOf(SMALL)}></ddpm-image>`);
    const first = call('ended', 'p');
    await page.waitForTimeout(100);
    const second = await page.evaluate(`
      kept = document.querySelector('#p');
      kept.src = 'b.ddpm';
      kept.decode().then(() => 'loaded', String)`);
    expect(await first).toContain('replaced');
    expect(second).toBe('loaded');
    expect((await call('compare', 'p', '/b.ddpm', BOX))?.difference).toBe(0);
    await page.evaluate('document.querySelector("#p").removeAttribute("src")');
    await page.waitForTimeout(50);
    expect(await call('top', 'p')).toBeUndefined();
    expect(await call('ended', 'p')).toContain('no source');
  });

  test('twenty elements: each has its first frame before any has its second', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `${i}.ddpm`);
    for (const name of names) serve({}, name);
    const html = names.map((name, i) => `<ddpm-image id="p${i}" src="${name}" ${sizeOf(SMALL)}></ddpm-image>`).join('');
    await call('show', html);
    for (let i = 0; i < names.length; i++) expect(await call('ended', `p${i}`)).toBe('loaded');
    const frames = (await call('events')).filter(({ name }) => name === 'frame');
    const seconds = frames.findIndex(({ layer }) => layer === 2);
    expect(new Set(frames.slice(0, seconds).map(({ id }) => id)).size).toBe(20);
  });

  test('another name gives another class', async () => {
    expect(await call('definedAs', 'x-picture')).toEqual({ same: false, again: true, isOne: true });
    serve();
    await call('show', `<x-picture id="p" src="a.ddpm" ${sizeOf(SMALL)}></x-picture>`);
    expect(await call('ended', 'p')).toBe('loaded');
  });

  test('properties that were set before the element was defined count', async () => {
    serve();
    const fresh = await browser.newPage();
    try {
      await fresh.goto(site.url);
      await fresh.evaluate(`
        const early = document.createElement('ddpm-image');
        early.id = 'p'; early.src = 'a.ddpm'; early.alt = 'early'; early.width = 96; early.height = 64;
        document.body.append(early);`);
      page = fresh;
      await call('useModel', '/model.safetensors');
      expect(await call('ended', 'p')).toBe('loaded');
      expect(await call('state', 'p')).toMatchObject({ src: `${site.url}a.ddpm`, alt: 'early', ...SMALL });
    } finally {
      page = fresh;
    }
  });
});

describe('placeholders', () => {
  test('are shown before the first bytes', async () => {
    const bytes = await placeholder(small);
    serve({ piece: 1, pauseMs: 100_000 });
    const base64 = Buffer.from(bytes).toString('base64');
    await call('show', `<ddpm-image id="p" src="a.ddpm" placeholder="${base64}" ${sizeOf(SMALL)}></ddpm-image>`);
    await vi.waitFor(async () => expect(await call('top', 'p')).toBeDefined(), WAIT_MS);
    const shown = await call('top', 'p');
    const { data, width, height } = await placeholderToImage(bytes);
    expect(shown).toMatchObject({ width, height, part: 'placeholder' });
    const differences = Array.from(data, (level, i) =>
      Math.abs(level - (shown?.data[Math.floor(i / 3) * 4 + (i % 3)] ?? -1000)),
    );
    expect(Math.max(...differences)).toBeLessThanOrEqual(1);
  });

  test('that are broken are left out', async () => {
    serve();
    await call('show', `<ddpm-image id="p" src="a.ddpm" placeholder="%%" ${sizeOf(SMALL)}></ddpm-image>`);
    expect(await call('ended', 'p')).toBe('loaded');
    await call('show', `<ddpm-image id="p" src="a.ddpm" placeholder="AA==" ${sizeOf(SMALL)}></ddpm-image>`);
    expect(await call('ended', 'p')).toBe('loaded');
    expect(consoleLines).toEqual([]);
  });
});

describe('errors', () => {
  test.each([
    ['no file', {}, 'none.ddpm', 'ERR_DDPM_INPUT', /none\.ddpm: HTTP 404/],
    ['a web page', { bytes: Buffer.from('<!doctype html>') }, 'a.ddpm', 'ERR_DDPM_CORRUPT', /not a \.ddpm file/],
    ['no bytes', { bytes: new Uint8Array(0), ranges: false }, 'a.ddpm', 'ERR_DDPM_CORRUPT', /incomplete in 0 bytes/],
  ])('%s', async (_, file, path, code, message) => {
    serve(file as Partial<PictureFile>);
    await call('show', `<ddpm-image id="p" src="${path}" alt="A stream" ${sizeOf(SMALL)}></ddpm-image>`);
    expect(await call('ended', 'p')).toMatch(message);
    const told = await call('events');
    expect(told).toEqual([{ id: 'p', name: 'error', code, message: expect.stringMatching(message) }]);
    expect(await page.locator('#p [part=alt]').innerText()).toBe('A stream');
    expect(consoleLines.filter((line) => !line.includes('404'))).toEqual([]);
  });

  test('damage leaves the best frame', async () => {
    const layers = inspect(photo).layers;
    const bytes = Uint8Array.from(photo);
    for (let i = layers[2]?.cumulativeBytes ?? 0; i < bytes.length; i++) bytes[i] = 255;
    serve({ bytes });
    await call('show', `<ddpm-image id="p" src="a.ddpm" alt="A stream" ${sizeOf(SMALL)}><i>text</i></ddpm-image>`);
    expect(await call('ended', 'p')).toMatch(/a\.ddpm: .*layer/);
    const told = await call('events');
    expect(told.map(({ name }) => name)).toEqual(['frame', 'frame', 'frame', 'error']);
    expect(await call('top', 'p')).toMatchObject({ part: 'picture' });
    expect(await page.locator('#p i').isVisible()).toBe(false);
    expect(await call('state', 'p')).toMatchObject({ complete: true });
  });
});

describe('fallback and name', () => {
  const FALLBACK = `<ddpm-image id="p" src="a.ddpm" alt="A stream" ${sizeOf(SMALL)}><img src="a.png" alt="A stream" loading="lazy"></ddpm-image>`;

  beforeEach(() => {
    serve({ bytes: small }, 'a.png');
  });

  /** Role and name of all that assistive technology is told of, but for the page itself and its text. */
  async function named(): Promise<string[]> {
    const session = await page.context().newCDPSession(page);
    const { nodes } = await session.send('Accessibility.getFullAXTree');
    const told = nodes.filter(({ ignored, role }) => !ignored && !/^(RootWebArea|none|generic)$/.test(role?.value));
    return told.map(({ role, name }) => `${role?.value} ${name?.value}`);
  }

  test('is what is shown without script', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    try {
      const plain = await context.newPage();
      server.files.set('plain.html', { bytes: Buffer.from(`<!doctype html>${FALLBACK}`), type: 'text/html' });
      await plain.goto(`${site.url}plain.html`);
      await vi.waitFor(() => expect(server.of('a.png')).toHaveLength(1), WAIT_MS);
      expect(await plain.locator('img').isVisible()).toBe(true);
    } finally {
      await context.close();
    }
  });

  test('is not fetched with script, unless there is an error', async () => {
    serve();
    await call('show', FALLBACK);
    expect(await call('ended', 'p')).toBe('loaded');
    await page.waitForTimeout(200);
    expect(server.of('a.png')).toEqual([]);
    server.files.delete('a.ddpm');
    await call('show', FALLBACK);
    await call('ended', 'p');
    await vi.waitFor(() => expect(server.of('a.png')).toHaveLength(1), WAIT_MS);
    const box = await page.locator('#p img').boundingBox();
    expect(box).toMatchObject(SMALL);
  });

  test('has one name for assistive technology, with the picture and without it', async () => {
    serve();
    for (const isThere of [true, false]) {
      if (!isThere) server.files.delete('a.ddpm');
      await call('show', FALLBACK);
      await call('ended', 'p');
      expect(await named()).toEqual(['image A stream']);
    }
    await page.evaluate('document.querySelector("#p").alt = ""');
    expect(await named()).toEqual([]);
  });
});
