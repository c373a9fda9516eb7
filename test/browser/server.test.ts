/** A real Chromium as the client of a server of `.ddpm` files. */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHandler, type Handler, toNodeListener } from 'ddpm-codec/server';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium } from './support/chromium.ts';
import { type Site, serveSite } from './support/site.ts';

const PHOTO = readFileSync('test/vectors/160x144-checksums.ddpm');
let handler: Handler;
let server: Server;
let site: Site;
let browser: Browser;
let page: Page;
let url: string;
/** The header Accept of each request. */
const accepts: (string | null)[] = [];

beforeAll(async () => {
  handler = createHandler({ open: () => ({ bytes: PHOTO }), cors: '*' });
  server = createServer(
    toNodeListener((request) => {
      accepts.push(request.headers.get('accept'));
      return handler(request);
    }),
  );
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  site = await serveSite({}, { isolated: true }); // another origin, which asks for the header Cross-Origin-Resource-Policy
  browser = await launchChromium();
  page = await browser.newPage();
  await page.goto(site.url);
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
  server?.closeAllConnections();
  server?.close();
  await handler?.close();
});

/** What a page on another origin finds; the code is passed as text, because Vitest rewrites functions. */
function inPage<T>(code: string): Promise<T> {
  return page.evaluate<T>(`(async (url) => { ${code} })(${JSON.stringify(`${url}/photo.ddpm`)})`);
}

describe('Chromium', () => {
  test('<img> shows a picture that is made for it, with its own Accept header', async () => {
    const [loaded] = await Promise.all([
      page.waitForResponse((response) => response.url().endsWith('?w=80')),
      inPage(
        'const image = new Image(); image.src = url + "?w=80"; document.body.append(image); await image.decode();',
      ),
    ]);
    expect([loaded.status(), loaded.headers()['content-type']]).toEqual([200, 'image/avif']);
    expect(accepts.at(-1)).toMatch(/image\/avif,.*image\/\*/);
    const shown = await inPage<number[]>(`
      const [{ naturalWidth, naturalHeight }] = document.images;
      return [naturalWidth, naturalHeight];
    `);
    expect(shown).toEqual([80, 72]);
  });

  test('<picture> and pages that name a format get it', async () => {
    const size = await inPage<number[]>(`
      const image = new Image();
      image.src = url + '?w=40&format=jpeg';
      await image.decode();
      return [image.naturalWidth, image.naturalHeight];
    `);
    expect(size).toEqual([40, 36]);
  });

  test('fetch gets the file, and ranges of it with headers that the page can read', async () => {
    const found = await inPage<{ whole: number[]; status: number; range: string; part: number[]; etag: string }>(`
      const whole = new Uint8Array(await (await fetch(url)).arrayBuffer());
      const response = await fetch(url, { headers: { Range: 'bytes=100-199', Accept: 'image/x-ddpm' } });
      const part = new Uint8Array(await response.arrayBuffer());
      const { status, headers } = response;
      return {
        whole: [...whole], status, range: headers.get('content-range'), part: [...part], etag: headers.get('etag'),
      };
    `);
    expect(found.whole).toEqual([...PHOTO]);
    expect([found.status, found.range]).toEqual([206, `bytes 100-199/${PHOTO.length}`]);
    expect(found.part).toEqual([...PHOTO.subarray(100, 200)]);
    expect(found.etag).toMatch(/^"[\w-]+"$/);
  });

  test('a range with a condition, for which the browser asks first', async () => {
    const statuses = await inPage<number[]>(`
      const etag = (await fetch(url)).headers.get('etag');
      const ask = async (tag) => (await fetch(url, { headers: { Range: 'bytes=0-9', 'If-Range': tag } })).status;
      return [await ask(etag), await ask('"other"')];
    `);
    expect(statuses).toEqual([206, 200]);
  });
});
