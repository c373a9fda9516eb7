import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FileChangedError, PrefixDownload } from '../../src/element/prefix-download.ts';
import { PictureFiles } from '../browser/support/picture-files.ts';
import { type Site, serveSite } from '../browser/support/site.ts';

const BYTES = Uint8Array.from({ length: 50_000 }, (_, i) => (i * 7) ^ (i >> 8));
/** How long to wait for what comes at once where the machine has time. */
const WAIT_MS = 30_000;

let server: PictureFiles;
let site: Site;

beforeEach(async () => {
  server = new PictureFiles();
  site = await serveSite({}, { handle: server.handle });
});

afterEach(async () => {
  vi.unstubAllGlobals();
  await site.close();
});

/** A download whose ends can be awaited. */
function download(path = 'a.ddpm', onBytes: (of: PrefixDownload) => void = () => {}) {
  let settle: (end: string | Error) => void = () => {};
  const one: PrefixDownload = new PrefixDownload(`${site.url}${path}`, {
    onBytes: () => onBytes(one),
    onSettled: () => settle('settled'),
    onError: (error) => settle(error),
  });
  /** Wants bytes; how that ended. */
  const want = (bytes: number): Promise<string | Error> =>
    new Promise((resolve) => {
      settle = resolve;
      one.want(bytes);
    });
  return { one, want };
}

const asked = (): (string | undefined)[] => server.requests.map(({ range }) => range);

describe('PrefixDownload', () => {
  test('asks for exactly what is wanted and missing', async () => {
    server.files.set('a.ddpm', { bytes: BYTES, etag: '"1"' });
    const { one, want } = download();
    expect(await want(4096)).toBe('settled');
    expect(one.length).toBe(4096);
    expect(one.isSettled).toBe(true);
    expect(await want(10_000)).toBe('settled');
    expect(one.slice(0, 10_000)).toEqual(BYTES.slice(0, 10_000));
    expect(asked()).toEqual(['bytes=0-4095', 'bytes=4096-9999']);
    expect(server.requests.map(({ sent }) => sent)).toEqual([4096, 5904]);
    expect(await want(Number.POSITIVE_INFINITY)).toBe('settled');
    expect(asked()[2]).toBe('bytes=10000-');
    expect(one.slice(0, Number.POSITIVE_INFINITY)).toEqual(BYTES);
    one.want(60_000);
    expect(server.requests).toHaveLength(3);
    expect(server.requests[0]?.accept).toMatch(/^image\/x-ddpm/);
  });

  test('a file that is shorter than what is wanted is settled', async () => {
    server.files.set('a.ddpm', { bytes: BYTES.subarray(0, 100) });
    const { one, want } = download();
    expect(await want(4096)).toBe('settled');
    expect(one.length).toBe(100);
    expect(one.isSettled).toBe(true);
    expect(asked()).toEqual(['bytes=0-4095']);
  });

  test('more may be wanted while bytes come', async () => {
    server.files.set('a.ddpm', { bytes: BYTES });
    const { one, want } = download('a.ddpm', (of) => of.want(9000));
    expect(await want(4096)).toBe('settled');
    expect(one.length).toBe(9000);
    expect(asked()).toEqual(['bytes=0-4095', 'bytes=4096-8999']);
  });

  test('a server without ranges is cut off when there is enough, and read again for more', async () => {
    server.files.set('a.ddpm', { bytes: BYTES, ranges: false, piece: 2000, pauseMs: 10 });
    const { one, want } = download();
    expect(await want(5000)).toBe('settled');
    expect(one.length).toBeGreaterThanOrEqual(5000);
    expect(one.length).toBeLessThan(20_000);
    await vi.waitFor(() => expect(server.requests[0]?.cut).toBe(true), WAIT_MS);
    expect(server.requests[0]?.sent).toBeLessThan(BYTES.length);
    expect(await want(Number.POSITIVE_INFINITY)).toBe('settled');
    expect(one.slice(0, BYTES.length)).toEqual(BYTES);
    expect(server.requests).toHaveLength(2);
  });

  test('is stopped, and goes on from the bytes that are here', async () => {
    server.files.set('a.ddpm', { bytes: BYTES, piece: 1000, pauseMs: 20 });
    const { one, want } = download('a.ddpm', (of) => of.length >= 3000 && of.length < 4000 && of.stop());
    void want(50_000);
    await vi.waitFor(() => expect(server.requests[0]?.cut).toBe(true), WAIT_MS);
    const { length } = one;
    expect(length).toBeLessThan(10_000);
    server.files.set('a.ddpm', { bytes: BYTES });
    expect(await want(20_000)).toBe('settled');
    expect(asked()[1]).toBe(`bytes=${length}-19999`);
    expect(one.slice(0, 20_000)).toEqual(BYTES.slice(0, 20_000));
  });

  test.each([
    ['another ETag', { etag: '"2"' }],
    ['another length', { etag: undefined, bytes: BYTES.subarray(0, 40_000) }],
    [
      'other bytes of a server without ranges',
      { etag: undefined, ranges: false, bytes: BYTES.map((byte) => byte ^ 1) },
    ],
  ])('notices a file with %s', async (_, { etag, ...change }) => {
    server.files.set('a.ddpm', { bytes: BYTES, etag: '"1"' });
    const { one, want } = download();
    await want(4096);
    server.files.set('a.ddpm', { bytes: BYTES, ...change, ...(etag && { etag }) });
    expect(await want(10_000)).toBeInstanceOf(FileChangedError);
    expect(one.slice(0, 4096)).toEqual(BYTES.slice(0, 4096));
    expect(one.length).toBe(4096);
  });

  test('sends If-Range to its own origin, and not a weak ETag', async () => {
    server.files.set('a.ddpm', { bytes: BYTES, etag: '"1"' });
    server.files.set('weak.ddpm', { bytes: BYTES, etag: 'W/"1"' });
    vi.stubGlobal('location', { origin: new URL(site.url).origin });
    for (const path of ['a.ddpm', 'weak.ddpm']) {
      const { want } = download(path);
      await want(4096);
      await want(5000);
    }
    expect(server.of('a.ddpm').map(({ ifRange }) => ifRange)).toEqual([undefined, '"1"']);
    expect(server.of('weak.ddpm').map(({ ifRange }) => ifRange)).toEqual([undefined, undefined]);
    server.files.set('a.ddpm', { bytes: BYTES, etag: '"1"' });
    const { want } = download();
    await want(4096);
    server.files.set('a.ddpm', { bytes: BYTES, etag: '"2"' });
    expect(await want(5000)).toBeInstanceOf(FileChangedError);
    expect(server.requests.at(-1)?.status).toBe(200);
  });

  test('errors name the URL and what the server said', async () => {
    const missing = download('none.ddpm');
    expect(await missing.want(100)).toMatchObject({
      code: 'ERR_DDPM_INPUT',
      message: `${site.url}none.ddpm: HTTP 404 Not Found`,
    });
    server.files.set('empty.ddpm', { bytes: new Uint8Array(0) });
    expect(await download('empty.ddpm').want(100)).toMatchObject({ code: 'ERR_DDPM_INPUT' });
    const { url } = site;
    await site.close();
    const away = download('a.ddpm');
    expect(await away.want(100)).toMatchObject({ code: 'ERR_DDPM_INPUT', message: expect.stringContaining(url) });
  });
});
