/** The handler of the built package, with its own threads. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { compareImages, encode, type RawImage, readImage } from 'ddpm-codec';
import { createHandler, type Handler } from 'ddpm-codec/server';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { kodakCrop } from '../support/pictures.ts';
import { listen } from './serving.ts';

let original: RawImage;
let bytes: Uint8Array;
let handler: Handler;
const onError = vi.fn();

beforeAll(async () => {
  original = await kodakCrop(384, 256);
  bytes = (await encode(original, { effort: 1, bpp: 0.3 })).data;
  handler = createHandler({ open: () => ({ bytes }), onError });
});
afterAll(() => handler.close());

/** CPU time that this process has taken with all of its threads, in milliseconds. */
function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

describe('createHandler with its own codec', () => {
  test('small pictures are right', async () => {
    const url = await listen(handler);
    const response = await fetch(`${url}/photo.ddpm?w=96&q=90`, { headers: { Accept: 'image/webp' } });
    const small = await readImage(new Uint8Array(await response.arrayBuffer()));
    const raw = { width: original.width, height: original.height, channels: 3 } as const;
    const resized = await sharp(original.data, { raw }).resize({ width: 96 }).raw().toUint8Array();
    const expected: RawImage = { data: resized.data, width: 96, height: 64, channels: 3 };
    expect([small.width, small.height]).toEqual([96, 64]);
    expect(compareImages(small, expected).psnr).toBeGreaterThan(24);
  });

  test('decoding stops when the client goes, and the event loop stays free', async () => {
    const url = await listen(handler);
    const delays = monitorEventLoopDelay({ resolution: 10 });
    delays.enable();
    const start = { cpu: cpuTime(), time: performance.now() };
    expect((await fetch(`${url}/photo.ddpm?format=jpeg`)).status).toBe(200);
    const whole = { cpu: cpuTime() - start.cpu, time: performance.now() - start.time };
    delays.disable();
    expect(delays.percentile(90) / 1e6).toBeLessThan(100);

    const before = cpuTime();
    const control = new AbortController();
    const response = fetch(`${url}/photo.ddpm?format=jpeg&q=81`, { signal: control.signal });
    response.catch(() => {});
    await vi.waitFor(() => expect(cpuTime() - before).toBeGreaterThan(whole.cpu / 10), {
      timeout: 60_000,
      interval: 10,
    });
    control.abort();
    await expect(response).rejects.toThrow('aborted');
    await wait(whole.time);
    expect(cpuTime() - before).toBeLessThan(whole.cpu * 0.6);
    const later = cpuTime();
    await wait(300);
    expect(cpuTime() - later).toBeLessThan(100);
    expect(onError).not.toHaveBeenCalled();
  });
});
