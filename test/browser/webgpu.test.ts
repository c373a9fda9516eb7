import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { decode } from '../../src/entry/index.ts';
import { readVectors } from '../portability/vectors.ts';
import { MODEL_PATH } from '../support/model-files.ts';
import { expectedCases } from '../support/model-fixtures.ts';
import { bundleForBrowser } from './support/bundle.ts';
import { callInPage, launchChromium } from './support/chromium.ts';
import { type Site, serveSite } from './support/site.ts';
import type { DecodedThere, describe as describeDevice, encoded, lossOfDevice, NetworkCase } from './webgpu-page.ts';

/** Lossy streams whose windows a graphics device that is a program denoises in seconds. */
const NAMES = ['17x5-grey', '24x16-gains', '32x32'];
const vectors = readVectors().filter(({ name }) => NAMES.includes(name));

let browser: Browser;
let site: Site;
let context: BrowserContext;
let page: Page;
let device: Awaited<ReturnType<typeof describeDevice>>;

const call = <T>(name: string, ...values: unknown[]): Promise<T> =>
  callInPage<T>(page, '/webgpu-page.js', name, ...values);

/** Opens a page; all pages share what the browser keeps for the site. */
async function openPage(): Promise<Page> {
  const opened = await context.newPage();
  await opened.goto(site.url);
  return opened;
}

beforeAll(async () => {
  browser = await launchChromium({ webgpu: true });
  context = await browser.newContext();
  const bundle = await bundleForBrowser(join(import.meta.dirname, 'webgpu-page.ts'));
  const streams = readVectors().map(({ name, bytes }) => [`${name}.ddpm`, bytes]);
  site = await serveSite({
    ...bundle,
    ...Object.fromEntries(streams),
    'model.safetensors': readFileSync(MODEL_PATH),
  });
  page = await openPage();
  device = await call('describe');
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

beforeEach(({ skip }) => skip(device.description === undefined, `no WebGPU in this Chromium: ${device.reason}`));

/** Largest difference of two pictures. */
function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
}

describe('the network on a graphics device', () => {
  test('agrees with a network in binary64, whatever its sizes', async () => {
    const shape = (batch: number, height: number, width: number) => ({ batch, height, width });
    const cases: NetworkCase[] = [
      // One group of columns, tiles of either width that are not full, patches of a pixel.
      { sizes: { widths: [5], blocks: [1], patch: 1 }, shapes: [shape(1, 1, 1), shape(2, 11, 19)] },
      // Two and three groups; all kinds of steps; two images.
      { sizes: { widths: [16, 24], blocks: [2, 1], patch: 2 }, shapes: [shape(2, 20, 36), shape(1, 4, 8)] },
      // Several blocks of columns, and channels that are padded.
      { sizes: { widths: [3, 70, 10], blocks: [1, 1, 1], patch: 3 }, shapes: [shape(1, 12, 24)] },
    ];
    const errors = await call<number[]>('networkErrors', cases);
    expect(errors).toHaveLength(5);
    expect(Math.max(...errors)).toBeLessThan(5e-6);
  });

  test('a batch that is run in parts gives the same numbers', async () => {
    const part = { sizes: { widths: [8], blocks: [1], patch: 2 }, shapes: [{ batch: 3, height: 6, width: 10 }] };
    expect(await call('sameInParts', part)).toBe(true);
  });

  test('agrees with torch', async () => {
    const images = expectedCases().filter(({ height }) => height <= 32);
    expect(images.length).toBeGreaterThanOrEqual(3);
    const sent = images.map(({ y, mean, logVariance, ...image }) => ({
      ...image,
      ...{ y: [...y], mean: [...mean], logVariance: [...logVariance] },
    }));
    const errors = await call<number[]>('fixtureErrors', sent);
    expect(errors).toHaveLength(2 * images.length);
    expect(Math.max(...errors)).toBeLessThan(1e-5);
  });

  test('takes no tensor operations, which U-Nets and training need', async () => {
    const message =
      'it runs models of the architecture photo-net only, no U-Nets and no training; use the backend wasm';
    expect(await call('tensorFailure')).toBe(`ERR_DDPM_BACKEND backend webgpu: ${message}`);
  });

  test('after its device was lost, a call says so and the next one opens it anew', async () => {
    expect(await call<Awaited<ReturnType<typeof lossOfDevice>>>('lossOfDevice')).toEqual({
      during: expect.stringMatching(/^ERR_DDPM_BACKEND backend webgpu: the graphics device was lost.*call again/),
      same: true,
      idle: true,
    });
  });
});

describe('ddpm-codec/browser with the backend webgpu', () => {
  test('has the vectors of the conformance kit that are decoded', () => {
    expect(vectors.map(({ name }) => name)).toEqual(NAMES);
  });

  test.each(vectors)('decodes $name to the picture of wasm, or one level off', async ({ name, bytes }) => {
    const there = await call<DecodedThere>('decoded', `/${name}.ddpm`, { backend: 'webgpu' });
    expect(there.backend).toBe('webgpu');
    expect(there.arithmetic).toBe('native');
    const { data } = await decode(bytes, { portable: true });
    expect(largestDifference(there.pixels, data)).toBeLessThanOrEqual(1);
  });

  test('encodes streams that every backend decodes to the same picture, or one level off', async () => {
    const { bytes, backend } = await call<Awaited<ReturnType<typeof encoded>>>('encoded', {
      backend: 'webgpu',
      bpp: 2,
    });
    expect(backend).toBe('webgpu');
    const stream = Uint8Array.from(bytes);
    const wasm = await decode(stream, { portable: true });
    const cpu = await decode(stream, { backend: 'cpu' });
    expect(largestDifference(wasm.data, cpu.data)).toBeLessThanOrEqual(1);
  });

  test('refuses what must be exact', async () => {
    const dithered = await call<string>('failure', '/16x12-dithered.ddpm', 'webgpu');
    expect(dithered).toMatch(/^DdpmError ERR_DDPM_BACKEND backend webgpu: .*dithered.*backend wasm/);
    const lossless = call('encoded', { backend: 'webgpu', lossless: true });
    await expect(lossless).rejects.toThrow(/backend webgpu: .*lossless files need the backend wasm/);
  });
});

describe('the backend auto', () => {
  const inline = { thread: 'inline' } as const;
  /** A page that takes the software adapter for a graphics processor; what was remembered for it is still there. */
  const hardwarePage = async (): Promise<void> => {
    await page.close();
    page = await openPage();
    await call('pretendHardware');
  };

  test('is wasm where the adapter is a program, which is not measured', async () => {
    const there = await call<DecodedThere>('decoded', '/32x32.ddpm', {});
    expect(there.backend).toBe('wasm');
    expect((await call<Awaited<ReturnType<typeof encoded>>>('encoded', { bpp: 2 })).backend).toBe('wasm');
    expect(await call('remembered')).toEqual([]);
  });

  test('is what was faster in a measurement, which is remembered', async () => {
    await hardwarePage();
    const there = await call<DecodedThere>('decoded', '/32x32.ddpm', inline);
    const [measured, ...others] = await call<{ backend: string; wasm: number; webgpu: number }[]>('remembered');
    expect(others).toEqual([]);
    expect(measured.backend).toBe(measured.webgpu < measured.wasm ? 'webgpu' : 'wasm');
    expect(there.backend).toBe(measured.backend);
    const other = measured.backend === 'wasm' ? 'webgpu' : 'wasm';
    await call('remember', other);
    await hardwarePage();
    await call('breakDevice'); // shaders take long to compile here
    expect((await call<DecodedThere>('decoded', '/32x32.ddpm', inline)).backend).toBe(other);
    expect(await call('remembered')).toEqual([{ backend: other }]);
  });

  test('is wasm for all that must be exact', async () => {
    const cases = [
      ['decoded', '/32x32.ddpm', { ...inline, portable: true }],
      ['decoded', '/16x12-dithered.ddpm', inline],
      ['decoded', '/16x12-tail.ddpm', inline],
      ['encoded', { ...inline, lossless: true }],
    ] as const;
    for (const [name, ...values] of cases) {
      const { backend, arithmetic } = await call<DecodedThere>(name, ...values);
      expect([name, backend, arithmetic]).toEqual([name, 'wasm', 'exact']);
    }
    expect((await call<DecodedThere>('decoded', '/16x12-tail.ddpm', inline)).lossless).toBe(true);
  });

  test('goes on with wasm once the graphics device has failed', async () => {
    await call('remember', 'webgpu');
    await hardwarePage();
    await call('breakDevice');
    const { data } = await decode(vectors[2].bytes, { portable: true });
    const there = await call<DecodedThere>('decoded', '/32x32.ddpm', inline);
    expect(there.backend).toBe('webgpu');
    expect(largestDifference(there.pixels, data)).toBeLessThanOrEqual(1);
    expect((await call<DecodedThere>('decoded', '/32x32.ddpm', inline)).backend).toBe('wasm');
  });
});
