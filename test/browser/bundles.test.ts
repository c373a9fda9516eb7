/** Production builds of the packed package, with four bundlers, in a real Chromium. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BUNDLERS, filesIn, scriptsLoaded } from '../../bench/payload/bundles.ts';
import { type Consumer, makeConsumer } from '../../bench/payload/packed-package.ts';
import { cachedPromise } from '../../src/base/promise-cache.ts';
import { decode, encode } from '../../src/entry/index.ts';
import { withCalibration } from '../../src/entry/model.ts';
import { fixtureModel } from '../model/unet/fixtures.ts';
import { sha256, testPicture } from '../portability/golden.ts';
import { ROOT } from '../support/built.ts';
import { MODEL_PATH } from '../support/model-files.ts';
import { launchChromium } from './support/chromium.ts';
import { serveSite } from './support/site.ts';
import { wasmFiles } from './support/wasm-files.ts';

/** Most bytes of script that a page loads before its first picture, compressed. */
const MOST_BYTES = 120_000;

/** A user's script. Model: undefined where the bundler finds the default model's file. */
const SCRIPT = `
import { decode, encode } from 'ddpm-codec/browser';

globalThis.run = async (model, more = {}) => {
  const options = { ...(model && { model }), ...more, portable: true };
  const sha256 = async (bytes) => [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))];
  const stream = new Uint8Array(await (await fetch('/photo.ddpm')).arrayBuffer());
  const decoded = await decode(stream, options);
  const image = { data: new Uint8Array(await (await fetch('/photo.raw')).arrayBuffer()), width: 40, height: 24, channels: 3 };
  const encoded = await encode(image, { ...options, effort: 1, endSigma: 0.3 });
  return { isolated: crossOriginIsolated, pixels: await sha256(decoded.data), bytes: await sha256(encoded.data) };
};
`;
const stream = new Uint8Array(readFileSync(join(ROOT, 'test', 'vectors', '32x32.ddpm')));
const picture = { data: testPicture(40, 24, 3).data, width: 40, height: 24, channels: 3 } as const;
const content = { 'photo.ddpm': stream, 'photo.raw': new Uint8Array(picture.data) };

/** What {@link SCRIPT} gives. */
interface Outcome {
  readonly isolated: boolean;
  readonly pixels: readonly number[];
  readonly bytes: readonly number[];
}

let consumer: Consumer;
let browser: Browser;
let expected: Omit<Outcome, 'isolated'>;
const hash = async (bytes: Uint8Array): Promise<number[]> => [...Buffer.from(await sha256(bytes), 'hex')];

beforeAll(async () => {
  consumer = makeConsumer(ROOT, 'bundles');
  writeFileSync(join(consumer.folder, 'script.js'), SCRIPT);
  browser = await launchChromium();
  const options = { portable: true, thread: 'inline' } as const;
  expected = {
    pixels: await hash((await decode(stream, options)).data),
    bytes: await hash((await encode(picture, { ...options, effort: 1, endSigma: 0.3 })).data),
  };
});

afterAll(() => browser?.close());

const bundles = new Map<string, Promise<Record<string, Uint8Array>>>();

/** The files of the bundle that a bundler makes of a script. */
function bundle(name: string, script = 'script.js'): Promise<Record<string, Uint8Array>> {
  return cachedPromise(bundles, `${name} ${script}`, async () => {
    const folder = join(consumer.folder, name, script);
    await BUNDLERS[name](join(consumer.folder, script), folder);
    return filesIn(folder);
  });
}

/** Opens a page, and fails where anything is logged, or fetched from elsewhere. */
async function inPage<T>(
  files: Readonly<Record<string, string | Uint8Array>>,
  options: { readonly isolated?: boolean; readonly headers?: Record<string, string> },
  use: (page: Page) => Promise<T>,
): Promise<{ result: T; requests: string[] }> {
  const site = await serveSite(files, options);
  const page = await browser.newPage();
  const faults: string[] = [];
  const requests: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => faults.push(message.text()));
  page.context().on('request', (request) => requests.push(request.url().replace(site.url, '')));
  try {
    await page.goto(site.url);
    const result = await use(page);
    expect(faults).toEqual([]);
    return { result, requests };
  } finally {
    await page.context().close();
    await site.close();
  }
}

const run = (page: Page, ...args: unknown[]): Promise<Outcome> =>
  page.evaluate<Outcome>(`run(...${JSON.stringify(args)})`);
const HTML = '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/main.js"></script>';
/** Bundlers that find the default model's file by themselves. */
const FINDING = ['Vite', 'webpack'];

describe.each(Object.keys(BUNDLERS))('%s, minified', (name) => {
  let files: Record<string, Uint8Array>;
  beforeAll(async () => {
    files = await bundle(name);
  });

  test.each([false, true])('decodes and encodes as Node does; page isolated: %s', async (isolated) => {
    const isFound = FINDING.includes(name);
    expect(Object.keys(files).some((path) => path.endsWith('.safetensors'))).toBe(isFound);
    const model = isFound ? {} : { 'given.safetensors': readFileSync(MODEL_PATH) };
    const args = isFound ? [] : ['/given.safetensors'];
    const { result, requests } = await inPage(
      { ...files, ...content, ...model, 'index.html': HTML },
      { isolated },
      (page) => run(page, ...args),
    );
    expect(result).toEqual({ ...expected, isolated });
    const scripts = requests.filter((path) => path.endsWith('.js'));
    expect(scripts.sort()).toEqual(scriptsLoaded(files));
    expect(requests.filter((path) => path.includes(':') && !/^(blob|data):/.test(path))).toEqual([]);
    const bytes = scripts.map((path) => gzipSync(files[path], { level: 9 }).length).reduce((sum, size) => sum + size);
    expect(bytes).toBeLessThanOrEqual(MOST_BYTES);
  });
});

test('a U-Net in a minified bundle, inline, does not wait for ever in an isolated page', async () => {
  const calibration = { sigma: Float32Array.of(0.01, 80), bandShape: new Float32Array(2 * 192).fill(1) };
  const unet = withCalibration(fixtureModel('other'), calibration, 'U-Net');
  const path = join(consumer.folder, 'unet.safetensors');
  writeFileSync(path, unet);
  const options = { model: path, effort: 1, endSigma: 0.3, thread: 'inline' } as const;
  const coded = await encode(picture, options);
  const script = `${SCRIPT}
import { loadModel } from 'ddpm-codec/model';
globalThis.runLoaded = async (url) => {
  const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
  return run(await loadModel(bytes, { source: url, wasmPaths: '/wasm/' }), { thread: 'inline' });
};
`;
  writeFileSync(join(consumer.folder, 'loaded.js'), script);
  const files = {
    ...(await bundle('Vite', 'loaded.js')),
    ...wasmFiles(),
    ...content,
    'photo.ddpm': coded.data,
    'unet.safetensors': unet,
  };
  const { result, requests } = await inPage({ ...files, 'index.html': HTML }, { isolated: true }, (page) =>
    page.evaluate<Outcome>("runLoaded('/unet.safetensors')"),
  );
  const pixels = (await decode(coded.data, { model: path, thread: 'inline' })).data;
  expect(result).toEqual({ isolated: true, pixels: await hash(pixels), bytes: await hash(coded.data) });
  expect(requests.filter((request) => request.endsWith('.wasm'))).toEqual(['wasm/tfjs-backend-wasm-simd.wasm']);
}, 60_000);

test('pages load the modules of the package without a bundler', async () => {
  const imports = JSON.stringify({ imports: { 'ddpm-codec/browser': '/package/dist/entry/browser.js' } });
  const html = HTML.replace('<script', `<script type="importmap">${imports}</script><script`);
  const installed = Object.entries(filesIn(consumer.installed)).map(([path, bytes]) => [`package/${path}`, bytes]);
  const files = { ...Object.fromEntries(installed), ...content, 'main.js': SCRIPT, 'index.html': html };
  const { result } = await inPage(files, {}, (page) => run(page));
  expect(result).toEqual({ ...expected, isolated: false });
});

describe('a page whose security policy allows no worker from text', () => {
  const headers = {
    'content-security-policy': "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src data:",
  };

  test('uses the file of ddpm-codec/worker', async () => {
    const script = `${SCRIPT}\nimport workerUrl from 'ddpm-codec/worker?url';\nglobalThis.workerUrl = workerUrl;\n`;
    writeFileSync(join(consumer.folder, 'strict.js'), script);
    const files = { ...(await bundle('Vite', 'strict.js')), ...content, 'index.html': HTML };
    const { result, requests } = await inPage(files, { headers }, (page) =>
      page.evaluate<Outcome>('run(undefined, { workerUrl })'),
    );
    expect(result).toEqual({ ...expected, isolated: false });
    expect(requests).toContainEqual(expect.stringMatching(/^assets\/browser-worker-.*\.js$/));
    expect(requests.some((path) => path.startsWith('blob:'))).toBe(false);
  });

  test('is told so', async () => {
    const site = await serveSite({ ...(await bundle('Vite')), ...content, 'index.html': HTML }, { headers });
    const page = await browser.newPage();
    try {
      await page.goto(site.url);
      const failed = page.evaluate("run().catch(({ code, message }) => code + ' ' + message)");
      expect(await failed).toMatch(/^ERR_DDPM_BACKEND the codec's worker failed: .*worker-src blob:.*"workerUrl"$/);
    } finally {
      await page.close();
      await site.close();
    }
  });
});
