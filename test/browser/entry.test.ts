import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decode, encode, inspect, truncate } from '../../src/entry/index.ts';
import { type GoldenHashes, goldenHashes, sha256 } from '../portability/golden.ts';
import { readVectors } from '../portability/vectors.ts';
import { MODEL_PATH } from '../support/model-files.ts';
import type { alphaAndMetadata, Shown } from './entry-page.ts';
import { bundleForBrowser } from './support/bundle.ts';
import { callInPage, launchChromium } from './support/chromium.ts';
import { type Site, serveSite } from './support/site.ts';

/** Every vector, with only its last layer to compare (and its lossless tail). */
const vectors = readVectors().map((vector) => ({ ...vector, layers: vector.layers.slice(-1) }));
const layers = Object.fromEntries(vectors.map((vector) => [vector.name, vector.layers]));

let browser: Browser;
let site: Site;
let page: Page;
let bundle: Record<string, string | Uint8Array>;
let inNode: GoldenHashes;

beforeAll(async () => {
  inNode = await goldenHashes(
    {
      denoiser: null,
      decode: (bytes, counts) =>
        Promise.all(counts.map(async (count) => (await decode(bytes, { layers: count })).data)),
      encode: async (image) => (await encode(image, { effort: 2 })).data,
      async lossless(image) {
        const { data: stream } = await encode(image, { effort: 1, lossless: true });
        return { stream, pixels: (await decode(stream)).data };
      },
    },
    vectors,
  );
  browser = await launchChromium();
  bundle = await bundleForBrowser(join(import.meta.dirname, 'entry-page.ts'));
  const streams = Object.fromEntries(vectors.map(({ name, bytes }) => [`${name}.ddpm`, bytes]));
  site = await serveSite({ ...bundle, ...streams, 'model.safetensors': readFileSync(MODEL_PATH) });
  page = await browser.newPage();
  await page.goto(site.url);
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

const call = <T>(name: string, ...values: unknown[]): Promise<T> =>
  callInPage<T>(page, '/entry-page.js', name, ...values);

describe('ddpm-codec/browser in Chromium', () => {
  test('the bundle contains no modules of Node', () => {
    const code = Object.values(bundle).filter((content) => typeof content === 'string');
    expect(code.length).toBeGreaterThan(1);
    const found = code.flatMap(
      (text) => text.match(/browser-external:node|from ?["']node:|src\/(node|image\/files)\//g) ?? [],
    );
    expect(found).toEqual([]);
  });

  test('decodes to the pixels and encodes to the bytes of Node', async () => {
    expect(await call<GoldenHashes>('golden', layers)).toEqual(inNode);
  });

  test('does the same in a worker of its own, inline', async () => {
    expect(await call<GoldenHashes>('goldenInWorker', layers)).toEqual(inNode);
  });

  test('shows a stream while it arrives', async () => {
    const { bytes } = readVectors().find(({ name }) => name === '17x5-grey') ?? { bytes: new Uint8Array(0) };
    const found = await call<Shown>('shown', '/17x5-grey.ddpm');
    const { layers: rates } = inspect(bytes);
    expect(found.layers).toBe(rates.length);
    expect(found.frames.map(({ layer }) => layer)).toEqual(rates.map((_, i) => i + 1));
    expect(found.truncated).toBe(truncate(bytes, { bytes: rates[1].cumulativeBytes }).length);
    const grey = (await decode(bytes)).data;
    const rgba = Uint8Array.from({ length: grey.length * 4 }, (_, i) => (i % 4 === 3 ? 255 : grey[i >> 2]));
    const whole = await sha256(rgba);
    expect(found.frames.at(-1)?.rgba).toBe(whole);
    expect(found.last).toBe(whole);
  });

  test('keeps alpha and metadata, which Node reads', async () => {
    const { bytes, same, icc } = await call<Awaited<ReturnType<typeof alphaAndMetadata>>>('alphaAndMetadata');
    expect(same).toBe(true);
    const decoded = await decode(Uint8Array.from(bytes));
    expect(decoded.info.lossless).toBe(true);
    expect([...(decoded.metadata.icc ?? [])]).toEqual(icc);
    expect(icc).toHaveLength(300);
    expect(decoded.info.channels).toBe(4);
  });

  test('takes models as URL, bytes or loaded, in either thread', async () => {
    const { bytes = new Uint8Array(0) } = readVectors().find(({ name }) => name === '17x5-grey') ?? {};
    const forms = await call<string[]>('modelForms', '/17x5-grey.ddpm');
    const wasm = `wasm ${await sha256((await decode(bytes, { portable: true })).data)}`;
    expect(forms).toEqual([...Array<string>(7).fill(wasm), expect.stringMatching(/^cpu /)]);
  });

  test('errors have the same names and codes as in Node', async () => {
    expect(await call<string[]>('errors')).toEqual([
      expect.stringMatching(/^DdpmError ERR_DDPM_CORRUPT/),
      expect.stringMatching(/^DdpmError ERR_DDPM_CORRUPT/),
      expect.stringMatching(/^TypeError {2}"nonsense" expected no such option/),
      expect.stringMatching(/^TypeError {2}"image" expected/),
      expect.stringMatching(/^RangeError {2}"data" expected 4 samples/),
      expect.stringMatching(/^TypeError {2}"options" expected object/),
      expect.stringMatching(/^TypeError {2}"model" expected URL or bytes/),
      expect.stringMatching(/^TypeError {2}"options" expected values that can be posted/),
      expect.stringMatching(
        /^DdpmError ERR_DDPM_BACKEND .*the backend cpu needs the tensor library.*loadModel.*thread: 'inline'$/,
      ),
    ]);
  });
});
