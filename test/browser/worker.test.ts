/** The codec's worker in a real Chromium: its model, its end, its memory. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { FORMAT_MODEL, FORMAT_MODEL_SHA256 } from '../../src/codec/format/default-model.ts';
import { encode } from '../../src/entry/index.ts';
import { MODEL_PATH } from '../support/model-files.ts';
import { bundleForBrowser } from './support/bundle.ts';
import { callInPage, launchChromium } from './support/chromium.ts';
import { type Site, serveSite } from './support/site.ts';

const MODEL = `${FORMAT_MODEL.name}.safetensors`;
const weights = new Uint8Array(readFileSync(MODEL_PATH));

let browser: Browser;
let bundle: Record<string, string | Uint8Array>;
let context: BrowserContext;
let site: Site;
let page: Page;
/** Paths that the page and its worker have asked for. */
let requests: string[];
/** What the site serves; tests change it. */
let files: Record<string, string | Uint8Array>;

beforeAll(async () => {
  browser = await launchChromium();
  bundle = await bundleForBrowser(join(import.meta.dirname, 'worker-page.ts'));
});
afterAll(() => browser?.close());

beforeEach(async () => {
  files = { ...bundle, 'photo.ddpm': readFileSync('test/vectors/40x72-ladder-1-seed-9.ddpm') };
  site = await serveSite(files);
  context = await browser.newContext();
  requests = [];
  context.on('request', (request) => requests.push(request.url().replace(site.url, '')));
  page = await context.newPage();
  await page.goto(site.url);
});
afterEach(async () => {
  await context?.close();
  await site?.close();
});

const call = <T>(name: string, ...values: unknown[]): Promise<T> =>
  callInPage<T>(page, '/worker-page.js', name, ...values);
const modelRequests = (): number => requests.filter((path) => path.endsWith('.safetensors')).length;

describe('the default model', () => {
  test('is the file of the package with the SHA-256 that is expected', () => {
    expect(Buffer.compare(Buffer.from(bundle[MODEL]), weights)).toBe(0);
    expect(FORMAT_MODEL_SHA256.slice(0, 16)).toBe(FORMAT_MODEL.id);
  });

  test('is fetched once for many calls, and is there without a network at the next visit', async () => {
    expect(await call('decodeWith', null, null, null)).toEqual(['done', 'done', 'done']);
    expect(modelRequests()).toBe(1);
    expect(await call('cached')).toEqual({ [`ddpm-codec model ${FORMAT_MODEL.id}/${MODEL}`]: weights.length });
    delete files[MODEL];
    await page.reload();
    expect(await call('preloadThenDecode')).toBe('done');
    expect(modelRequests()).toBe(1);
  });

  test('is fetched again where the cache is damaged, and the caches of other models are deleted', async () => {
    await call('decodeWith', null);
    await call('damage');
    await page.reload();
    expect(await call('decodeWith', null)).toEqual(['done']);
    expect(modelRequests()).toBe(2);
    await page.reload();
    expect(await call('decodeWith', null)).toEqual(['done']);
    expect(modelRequests()).toBe(2);
    expect(Object.keys(await call<object>('cached'))).toEqual([`ddpm-codec model ${FORMAT_MODEL.id}/${MODEL}`]);
  });

  test('is refused if it is another file, fetched twice; the next call tries again', async () => {
    files[MODEL] = weights.with(1_000_000, weights[1_000_000] ^ 1);
    const [message] = await call<string[]>('decodeWith', null);
    expect(message).toMatch(
      new RegExp(
        `^ERR_DDPM_MODEL_CORRUPT ${site.url}${MODEL} is not the default model: ${weights.length} bytes with SHA-256 [0-9a-f]{64}, expected ${FORMAT_MODEL_SHA256}; serve `,
      ),
    );
    expect(modelRequests()).toBe(2);
    files[MODEL] = weights;
    expect(await call('decodeWith', null)).toEqual(['done']);
  });

  test('is said to be missing, with URL and status; the next call tries again', async () => {
    delete files[MODEL];
    const [first] = await call<string[]>('decodeWith', null);
    expect(first).toMatch(
      new RegExp(`^ERR_DDPM_MODEL_MISSING cannot load the model from ${site.url}${MODEL}: HTTP status 404; `),
    );
    files[MODEL] = weights;
    expect(await call('decodeWith', null)).toEqual(['done']);
  });
});

describe('another URL', () => {
  test('is relative to the page; the default model is known by its hash, other models are not kept', async () => {
    files['folder/copy.bin'] = weights;
    files['other.bin'] = new Uint8Array(100);
    const found = await call<string[]>('decodeWith', 'folder/copy.bin', 'other.bin', 'http://[');
    expect(found).toEqual([
      'done',
      expect.stringMatching(new RegExp(`^ERR_DDPM_MODEL_CORRUPT ${site.url}other.bin: `)),
      expect.stringMatching(/^TypeError: "model" expected URL/),
    ]);
    expect(Object.keys(await call<object>('cached'))).toEqual([`ddpm-codec model ${FORMAT_MODEL.id}/folder/copy.bin`]);
  });
});

describe('the worker', () => {
  test('fails all calls with a remedy when it crashes; the next call starts another', async () => {
    const [first, second, next, started] = await call<string[]>('crash');
    for (const failure of [first, second])
      expect(failure).toMatch(/^ERR_DDPM_BACKEND the codec's worker failed: .*null.*"workerUrl"$/);
    expect([next, started]).toEqual(['done', '2 workers']);
  });

  test('stops by signal, by a listener that throws, and where no more frames are wanted', async () => {
    expect(await call('stopped')).toEqual([
      'Error: early',
      'Error: late',
      'RangeError: by the listener',
      'frames 1,2',
      'source ended: true',
    ]);
    expect(await call<number>('returnAtWork')).toBeLessThan(2000);
  });

  test('leaves the page free while it decodes photographs', async () => {
    files['large.ddpm'] = (await encode('test/images/kodak/kodim05.png', { effort: 1, endSigma: 1 })).data;
    expect(await call<number>('longestTask', '/large.ddpm', 3)).toBeLessThan(100);
  });

  test.skipIf(process.platform !== 'linux')('takes no more memory with each call', async () => {
    const session = await browser.newBrowserCDPSession();
    /** Megabytes of the processes of pages. */
    const used = async (): Promise<number> => {
      await page.requestGC();
      const { processInfo } = await session.send('SystemInfo.getProcessInfo');
      const pages = processInfo.filter(({ type }) => type === 'renderer');
      const kilobytes = pages.map(({ id }) => /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1]);
      return kilobytes.reduce((sum, value) => sum + Number(value), 0) / 1024;
    };
    files['small.ddpm'] = readFileSync('test/vectors/17x5-grey.ddpm');
    await call('decodeMany', '/small.ddpm', 20);
    const before = await used();
    await call('decodeMany', '/small.ddpm', 100);
    // One model takes 60 MB.
    expect((await used()) - before).toBeLessThan(50);
  });
});
