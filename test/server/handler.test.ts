/** The handler over real sockets, with Node's `fetch` (undici) and raw requests; pictures of a decoder that can be watched. */
import { mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import sharp from 'sharp';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { DdpmError, decode, encode, inspect, truncate } from '../../src/entry/index.ts';
import {
  createHandler,
  type Handler,
  type HandlerOptions,
  memoryCache,
  type StoredRanges,
} from '../../src/entry/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { listen, rawRequest, WatchedDecoder } from './serving.ts';

const PHOTO = readFileSync('test/vectors/160x144-checksums.ddpm');
const ALPHA = readFileSync('test/vectors/12x10-alpha-metadata.ddpm');
const MODIFIED = new Date('2026-03-04T05:06:07.890Z');
/** What Chromium sends for `<img>`. */
const IMG = 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8';

let root: string;
let decoder: WatchedDecoder;

beforeEach(() => {
  root = join(temporaryFolder(), 'root');
  mkdirSync(join(root, 'inner'), { recursive: true });
  for (const [name, bytes] of Object.entries({ photo: PHOTO, 'inner/alpha': ALPHA, 'ü b': PHOTO })) {
    writeFileSync(join(root, `${name}.ddpm`), bytes);
    utimesSync(join(root, `${name}.ddpm`), MODIFIED, MODIFIED);
  }
  writeFileSync(join(root, 'secret.txt'), 'secret');
  writeFileSync(join(root, '..', 'outside.ddpm'), 'secret');
  decoder = new WatchedDecoder();
});

const handle = (options: Partial<HandlerOptions> = {}): Handler =>
  createHandler({ ...(options.open ? {} : { root }), codec: decoder, ...options });

/** Serves the folder; returns what fetches from it. */
async function serve(options: Partial<HandlerOptions> = {}) {
  const url = await listen(handle(options));
  const get = (path: string, headers: Record<string, string> = {}, init: RequestInit = {}): Promise<Response> =>
    fetch(`${url}${path}`, { headers, ...init });
  return { url, get };
}

/** Waits for what other threads and sockets do; the limit is for what hangs. */
const eventually = (check: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(check, { timeout: 60_000, interval: 5 });

/** A store of one file, which counts what is opened and closed, and cannot be read once it is closed. */
class WatchedStore {
  opened = 0;
  closed = 0;

  open = (): StoredRanges => {
    this.opened++;
    let isOpen = true;
    return {
      size: PHOTO.length,
      etag: 'e',
      async *read(start, end) {
        if (!isOpen) throw new Error('the file is closed');
        yield PHOTO.subarray(start, end);
      },
      close: () => {
        isOpen = false;
        this.closed++;
      },
    };
  };
}

const bytesOf = async (response: Response): Promise<Uint8Array> => new Uint8Array(await response.arrayBuffer());

describe('files', () => {
  test('whole, with all headers', async () => {
    const { get } = await serve();
    const response = await get('/photo.ddpm');
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'accept-ranges': 'bytes',
      'cache-control': 'public, no-cache',
      'content-length': `${PHOTO.length}`,
      'content-type': 'image/x-ddpm',
      etag: expect.stringMatching(/^"[\w-]+"$/),
      'last-modified': 'Wed, 04 Mar 2026 05:06:07 GMT',
      vary: 'Accept',
      'x-content-type-options': 'nosniff',
    });
    expect(response.headers.has('access-control-allow-origin')).toBe(false);
    expect(await bytesOf(response)).toEqual(new Uint8Array(PHOTO));
    expect((await bytesOf(await get('/inner/alpha.ddpm'))).length).toBe(ALPHA.length);
    expect((await get('/%C3%BC%20b.ddpm')).status).toBe(200);
    expect(decoder.lengths).toEqual([]);
  });

  test('HEAD has the headers of GET and no body; no ranges', async () => {
    const { url, get } = await serve();
    const headersOf = ({ date: _, connection: __, 'keep-alive': ___, ...headers }: Record<string, unknown>) => headers;
    for (const path of ['/photo.ddpm', '/photo.ddpm?bytes=100', '/photo.ddpm?format=webp']) {
      const got = await get(path);
      const head = await rawRequest(url, path, { method: 'HEAD', headers: { Range: 'bytes=0-9' } });
      expect([head.status, head.body.length], path).toEqual([200, 0]);
      expect(headersOf(head.headers)).toEqual(headersOf(Object.fromEntries(got.headers)));
    }
    const missing = await rawRequest(url, '/none.ddpm', { method: 'HEAD' });
    expect([missing.status, missing.body.length]).toEqual([404, 0]);
  });

  test('every range is the slice of the file, and of a part of it', async () => {
    const { get } = await serve();
    const number = fc.integer({ min: 0, max: PHOTO.length + 50 });
    const part = fc.option(fc.integer({ min: 100, max: PHOTO.length + 100 }));
    await fc.assert(
      fc.asyncProperty(fc.option(number), fc.option(number), part, async (first, last, bytes) => {
        const whole = bytes === null ? PHOTO : PHOTO.subarray(0, bytes);
        const response = await get(`/photo.ddpm${bytes === null ? '' : `?bytes=${bytes}`}`, {
          Range: `bytes=${first ?? ''}-${last ?? ''}`,
        });
        const isMalformed = first === null ? last === null : last !== null && last < first;
        const start = first ?? Math.max(0, whole.length - (last ?? 0));
        const end = first === null ? whole.length : Math.min(whole.length, (last ?? whole.length) + 1);
        const body = await bytesOf(response);
        if (isMalformed) {
          expect([response.status, body.length]).toEqual([200, whole.length]);
        } else if (start >= whole.length) {
          expect([response.status, response.headers.get('content-range')]).toEqual([416, `bytes */${whole.length}`]);
        } else {
          expect(response.status).toBe(206);
          expect(response.headers.get('content-range')).toBe(`bytes ${start}-${end - 1}/${whole.length}`);
          expect(response.headers.get('content-length')).toBe(`${end - start}`);
          expect(Buffer.compare(body, whole.subarray(start, end))).toBe(0);
        }
      }),
      { numRuns: 200 },
    );
  });

  test.each(['bytes=0-1,4-5', 'bytes=a-b', 'bytes', 'items=0-5', 'bytes=-', 'bytes=5-2', ''])(
    'the range %j is ignored',
    async (range) => {
      const { get } = await serve();
      const response = await get('/photo.ddpm', { Range: range });
      expect([response.status, (await bytesOf(response)).length]).toEqual([200, PHOTO.length]);
    },
  );

  test('conditions', async () => {
    const { get } = await serve();
    const { headers } = await get('/photo.ddpm');
    const etag = headers.get('etag') ?? '';
    const modified = headers.get('last-modified') ?? '';
    const [before, after] = ['Wed, 04 Mar 2026 05:06:06 GMT', 'Wed, 04 Mar 2026 05:06:08 GMT'];
    const statusOf = async (conditions: Record<string, string>): Promise<number> => {
      const response = await get('/photo.ddpm', conditions);
      const length = (await bytesOf(response)).length;
      if (response.status === 304) {
        expect([length, response.headers.get('etag'), response.headers.get('vary')]).toEqual([0, etag, 'Accept']);
        expect(response.headers.get('cache-control')).toBe('public, no-cache');
      }
      return response.status;
    };
    expect(await statusOf({ 'If-None-Match': etag })).toBe(304);
    expect(await statusOf({ 'If-None-Match': `"other", W/${etag}` })).toBe(304);
    expect(await statusOf({ 'If-None-Match': '*' })).toBe(304);
    expect(await statusOf({ 'If-None-Match': '"other"', 'If-Modified-Since': after })).toBe(200);
    expect(await statusOf({ 'If-Modified-Since': modified })).toBe(304);
    expect(await statusOf({ 'If-Modified-Since': after })).toBe(304);
    expect(await statusOf({ 'If-Modified-Since': before })).toBe(200);
    expect(await statusOf({ 'If-Modified-Since': 'yesterday' })).toBe(200);
    expect(await statusOf({ 'If-Match': etag })).toBe(200);
    expect(await statusOf({ 'If-Match': '"other"' })).toBe(412);
    expect(await statusOf({ 'If-Match': `W/${etag}` })).toBe(412);
    expect(await statusOf({ 'If-Unmodified-Since': before })).toBe(412);
    expect(await statusOf({ 'If-Unmodified-Since': modified })).toBe(200);
    const Range = 'bytes=0-9';
    expect(await statusOf({ Range, 'If-Range': etag })).toBe(206);
    expect(await statusOf({ Range, 'If-Range': modified })).toBe(206);
    expect(await statusOf({ Range, 'If-Range': `W/${etag}` })).toBe(200);
    expect(await statusOf({ Range, 'If-Range': '"other"' })).toBe(200);
    expect(await statusOf({ Range, 'If-Range': after })).toBe(200);
    expect(await statusOf({ Range, 'If-None-Match': etag })).toBe(304);
  });

  test('parts are those of truncate, without decoding, each with an ETag of its own', async () => {
    const { get } = await serve();
    const psnr = inspect(PHOTO).index?.[2].psnr ?? 0;
    const parts = [{ bytes: 100 }, { bpp: 0.1 }, { psnr }, { bytes: 10_000 }] as const;
    const etags = new Set<string | null>();
    for (const part of parts) {
      const [[name, value]] = Object.entries(part);
      const response = await get(`/photo.ddpm?${name}=${value}`);
      expect(response.status).toBe(200);
      expect(await bytesOf(response)).toEqual(new Uint8Array(truncate(PHOTO, part)));
      etags.add(response.headers.get('etag'));
    }
    expect(etags.size).toBe(4);
    expect(etags).toContain((await get('/photo.ddpm')).headers.get('etag'));
    expect(decoder.lengths).toEqual([]);
  });

  test('large files are read as they are sent, and closed where the client goes', async () => {
    const size = 2 ** 30;
    let read = 0;
    const close = vi.fn();
    const open = () => ({
      size,
      etag: 'large',
      close,
      async *read(start: number, end: number) {
        for (let at = start; at < end; at += 2 ** 16) {
          read += 2 ** 16;
          yield new Uint8Array(Math.min(2 ** 16, end - at));
        }
      },
    });
    const { url, get } = await serve({ open });
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write('GET /large.ddpm HTTP/1.1\r\nHost: localhost\r\n\r\n');
    socket.pause();
    await eventually(() => expect(read).toBeGreaterThan(0));
    await wait(300); // as long as a gigabyte would take by far, if nobody waited for the client
    expect(read).toBeLessThan(2 ** 26);
    expect(close).not.toHaveBeenCalled();
    socket.destroy();
    await eventually(() => expect(close).toHaveBeenCalledTimes(1));
    await wait(50);
    expect(read).toBeLessThan(2 ** 26);
    const tail = await get('/large.ddpm', { Range: 'bytes=-100' });
    expect([tail.status, (await bytesOf(tail)).length]).toEqual([206, 100]);
    await eventually(() => expect(close).toHaveBeenCalledTimes(2));
  });

  test('a store that gives too few bytes ends the connection, and is reported by no wrong length', async () => {
    const open = () => ({
      size: 100,
      etag: 'short',
      async *read() {
        yield new Uint8Array(60);
      },
    });
    const { get } = await serve({ open });
    await expect(get('/short.ddpm').then(bytesOf)).rejects.toThrow();
  });
});

describe('pictures', () => {
  test.each([
    [IMG, 'image/avif'],
    ['image/webp,*/*', 'image/webp'],
    ['image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5', 'image/jpeg'],
    ['image/png', 'image/png'],
    ['*/*', 'image/x-ddpm'],
    ['image/x-ddpm, image/avif', 'image/x-ddpm'],
  ])('Accept: %s gets %s', async (accept, type) => {
    const { get } = await serve();
    const response = await get('/photo.ddpm', { Accept: accept });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, type]);
    expect(response.headers.get('vary')).toBe('Accept');
    const byParameter = await get(`/photo.ddpm?format=${type.replace(/^image\/(x-)?/, '')}`);
    expect([byParameter.headers.get('content-type'), byParameter.headers.has('vary')]).toEqual([type, false]);
    if (type === 'image/x-ddpm') return;
    expect(response.headers.get('etag')).toMatch(/^W\/"[\w-]{43}"$/);
    const body = await bytesOf(response);
    expect(response.headers.get('content-length')).toBe(`${body.length}`);
    const { format, width, height } = await sharp(body).metadata();
    expect([format, width, height]).toEqual([type === 'image/avif' ? 'heif' : type.slice('image/'.length), 160, 144]);
  });

  test('of alpha: PNG in place of JPEG, or nothing', async () => {
    const { get } = await serve();
    const png = await get('/inner/alpha.ddpm', { Accept: 'image/*' });
    expect(png.headers.get('content-type')).toBe('image/png');
    expect((await sharp(await bytesOf(png)).metadata()).hasAlpha).toBe(true);
    const none = await get('/inner/alpha.ddpm', { Accept: 'image/jpeg' });
    expect([none.status, await none.text()]).toEqual([
      406,
      'the picture has an alpha channel, which none of the accepted formats can hold\n',
    ]);
  });

  test('in the size and quality that were asked for, of the part that was asked for', async () => {
    const { get } = await serve({ maxHeight: 100 });
    const wide = await bytesOf(await get('/photo.ddpm?w=80&q=100&format=jpeg'));
    const { width, height, chromaSubsampling } = await sharp(wide).metadata();
    expect([width, height, chromaSubsampling]).toEqual([80, 72, '4:4:4']);
    const low = await bytesOf(await get('/photo.ddpm?h=72&q=10&format=jpeg&bytes=300'));
    expect((await sharp(low).metadata()).chromaSubsampling).toBe('4:2:0');
    expect(low.length).toBeLessThan(wide.length);
    expect(decoder.lengths).toEqual([PHOTO.length, 300]);
    const limits = { limitInputPixels: 50e6, limitMemory: 2e9 };
    expect(decoder.options).toEqual([
      { maxWidth: 80, maxHeight: 100, ...limits },
      { maxWidth: 2048, maxHeight: 72, ...limits },
    ]);
  });

  test('keep the metadata of the file', async () => {
    const pixels = sharp({ create: { width: 16, height: 16, channels: 3, background: '#a63' } });
    const image = pixels.withIccProfile('p3').withExifMerge({ IFD0: { Copyright: 'somebody' } });
    const { data } = await encode(new Uint8Array(await image.png().toBuffer()), { metadata: 'all', endSigma: 1 });
    writeFileSync(join(root, 'p3.ddpm'), data);
    const { metadata } = await decode(data);
    const { get } = await serve({ codec: { decode } });
    for (const format of ['avif', 'webp', 'jpeg', 'png']) {
      const found = await sharp(await bytesOf(await get(`/p3.ddpm?format=${format}`))).metadata();
      expect(found.icc && new Uint8Array(found.icc), format).toEqual(metadata.icc);
      expect(found.exif?.toString('latin1'), format).toContain('somebody');
    }
  });

  test('a client that has a picture gets 304, and nothing is decoded', async () => {
    const { get } = await serve();
    const first = await get('/photo.ddpm?w=40', { Accept: IMG });
    const etag = first.headers.get('etag') ?? '';
    const again = await get('/photo.ddpm?w=40', { Accept: IMG, 'If-None-Match': etag });
    expect([again.status, again.headers.get('etag'), again.headers.get('vary')]).toEqual([304, etag, 'Accept']);
    expect((await get('/photo.ddpm?w=41', { Accept: IMG, 'If-None-Match': etag })).status).toBe(200);
    expect(decoder.lengths.length).toBe(2);
  });

  test('ranges are for files', async () => {
    const { get } = await serve();
    const response = await get('/photo.ddpm', { Accept: IMG, Range: 'bytes=0-9' });
    expect([response.status, response.headers.has('accept-ranges')]).toEqual([200, false]);
  });

  test('only of the formats that the server makes', async () => {
    const { get } = await serve({ formats: ['webp'] });
    expect((await get('/photo.ddpm', { Accept: IMG })).headers.get('content-type')).toBe('image/webp');
    expect((await get('/photo.ddpm?format=avif')).status).toBe(400);
    const none = await serve({ formats: [] });
    const response = await none.get('/photo.ddpm', { Accept: IMG });
    expect([response.status, await response.text()]).toEqual([406, 'the file can be had as image/x-ddpm\n']);
  });
});

describe('refused', () => {
  test.each([
    '/none.ddpm',
    '/',
    '/inner',
    '/inner/',
    '/secret.txt',
    '/link.ddpm',
    '/../outside.ddpm',
    '/inner/../../outside.ddpm',
    '/..%2foutside.ddpm',
    '/%2e%2e/outside.ddpm',
    '/%2e%2e%2foutside.ddpm',
    '/..\\outside.ddpm',
    '/..%5coutside.ddpm',
    '//outside.ddpm',
    '/inner//alpha.ddpm',
    '/photo.ddpm%00',
    '/photo.ddpm%00.ddpm',
    '/photo.ddpm/',
    '/./.ddpm',
    '/%c0%ae%c0%ae/outside.ddpm',
    `/${'a/'.repeat(2000)}photo.ddpm`,
    `/${'a'.repeat(5000)}.ddpm`,
    'http://localhost/../outside.ddpm',
    'http://other.example/none.ddpm',
    '*',
  ])('%s: 404 or 400', async (path) => {
    symlinkSync('../outside.ddpm', join(root, 'link.ddpm'));
    const { url } = await serve();
    const { status, body, headers } = await rawRequest(url, path);
    expect([404, ...(path === '*' ? [400] : [])]).toContain(status);
    expect(body.toString()).not.toContain('secret');
    if (status !== 404) return;
    expect(body.toString()).toBe('there is no such file\n');
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'",
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
    });
  });

  test.each([
    ['w=0', '"w" expected integer 1..2048, got 0'],
    ['w=2049', '"w" expected integer 1..2048, got 2049'],
    ['w=1.5', '"w" expected integer 1..2048, got 1.5'],
    ['w=-1', '"w" expected decimal number, got "-1"'],
    ['w=1e3', '"w" expected decimal number, got "1e3"'],
    ['w=', '"w" expected decimal number, got ""'],
    ['w=%00%0a', '"w" expected decimal number, got "\\u0000\\n"'],
    ['w=1&w=2', '"w" expected once'],
    ['h=4000', '"h" expected integer 1..2048, got 4000'],
    ['q=101', '"q" expected integer 1..100, got 101'],
    ['format=gif', '"format" expected one of ddpm, avif, webp, jpeg, png, got "gif"'],
    ['bytes=5&psnr=30', '"psnr" expected alone, got bytes and psnr'],
    ['bytes=10', 'target of 10 bytes cannot be reached; the nearest is 34 bytes, which the header alone takes'],
    ['psnr=101', '"psnr" expected number 0..100, got 101'],
    [`w=${'9'.repeat(5000)}`, `"w" expected decimal number, got "${'9'.repeat(40)}"`],
  ])('?%s: 400', async (query, message) => {
    const { get } = await serve();
    const response = await get(`/photo.ddpm?${query}`);
    expect([response.status, await response.text()]).toEqual([400, `${message}\n`]);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  test('with lists, what is not on them', async () => {
    const { get } = await serve({ widths: [40, 80], qualities: [50] });
    const statusOf = async (query: string): Promise<number> => (await get(`/photo.ddpm?format=webp&${query}`)).status;
    expect(await Promise.all(['', 'w=40', 'w=80&q=50', 'v=7'].map(statusOf))).toEqual([200, 200, 200, 200]);
    expect(await Promise.all(['w=41', 'h=40', 'q=51', 'w=40&h=40'].map(statusOf))).toEqual([400, 400, 400, 400]);
  });

  test('other methods, with what is allowed', async () => {
    const { url } = await serve();
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'PROPFIND']) {
      const { status, headers } = await rawRequest(url, '/photo.ddpm', { method });
      expect([status, headers.allow], method).toEqual([405, 'GET, HEAD, OPTIONS']);
    }
    expect((await rawRequest(url, '/photo.ddpm', { method: 'TRACE' })).status).toBe(400);
    const options = await rawRequest(url, '/photo.ddpm', { method: 'OPTIONS' });
    expect([options.status, options.headers.allow]).toEqual([204, 'GET, HEAD, OPTIONS']);
    expect(options.headers).not.toHaveProperty('access-control-allow-methods');
  });

  test('what nobody accepts', async () => {
    const { get } = await serve();
    const response = await get('/photo.ddpm', { Accept: 'text/html' });
    expect(response.status).toBe(406);
    expect(await response.text()).toBe(
      'the file can be had as image/x-ddpm, image/avif, image/webp, image/jpeg, image/png\n',
    );
  });

  test('damaged files and those that exceed limits: 422, one line, no paths', async () => {
    const flipped = Uint8Array.from(PHOTO);
    flipped[4] ^= 1;
    const damaged = Uint8Array.from(PHOTO);
    for (let i = 100; i < 130; i++) damaged[i] ^= 0x55;
    const files: Record<string, Uint8Array> = {
      'empty.ddpm': new Uint8Array(0),
      'text.ddpm': Buffer.from('this is no picture'),
      'header.ddpm': flipped,
      'layer.ddpm': damaged,
    };
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(root, name), bytes);
    const onError = vi.fn();
    const { get } = await serve({ codec: { decode }, onError });
    for (const name of Object.keys(files)) {
      const response = await get(`/${name}?format=webp`);
      const text = await response.text();
      expect([name, response.status, text]).toEqual([name, 422, expect.stringMatching(/^[^\n]+\n$/)]);
      expect(text).not.toMatch(/\.ts|\.js|node_modules|\/(tmp|root|home|work|usr)\b/);
    }
    expect(onError).toHaveBeenCalledTimes(4);
    expect((await get('/header.ddpm?psnr=20')).status).toBe(422);
    const limits: Partial<HandlerOptions>[] = [{ limitInputPixels: 1000 }, { limitMemory: 1000 }, { limitBytes: 500 }];
    for (const limit of limits) {
      const limited = await serve({ codec: { decode }, ...limit });
      expect((await limited.get('/photo.ddpm?format=webp')).status).toBe(422);
      expect((await limited.get('/photo.ddpm')).status).toBe(200);
    }
  });

  test('files of a model that is not there: 422, without the paths where it was looked for', async () => {
    const missing = new DdpmError('ERR_DDPM_MODEL_MISSING', 'no model 0123456789abcdef in /home/somebody/models');
    const decodes = async (): Promise<never> => {
      throw missing;
    };
    const onError = vi.fn();
    const { get } = await serve({ codec: { decode: decodes }, onError });
    const response = await get('/photo.ddpm?format=webp');
    const text = 'the file was made with a model that this server does not have\n';
    expect([response.status, await response.text()]).toEqual([422, text]);
    expect(onError).toHaveBeenLastCalledWith(missing, expect.any(Request));
  });

  test("the server's own failures: 500, without their text, which onError gets", async () => {
    const error = new Error('the password is secret');
    const onError = vi.fn(() => {
      throw new Error('the log is full');
    });
    const fails = (): never => {
      throw error;
    };
    for (const options of [{ open: fails }, { codec: { decode: async () => fails() } }] as Partial<HandlerOptions>[]) {
      const { get } = await serve({ ...options, onError });
      const response = await get('/photo.ddpm?format=webp');
      expect([response.status, await response.text()]).toEqual([
        500,
        'the server failed to answer; its log says why\n',
      ]);
      expect(onError).toHaveBeenLastCalledWith(error, expect.any(Request));
    }
  });
});

describe('load', () => {
  test('equal requests at the same time share the work; others do not', async () => {
    const go = decoder.hold();
    const store = new WatchedStore();
    const { get } = await serve({ concurrency: 10, open: store.open });
    const paths = ['?w=40', '?w=40', '?w=40&v=2', '?w=40', '?w=41', '?w=40&q=30', '?w=40&bytes=200'];
    const responses = paths.map((path) => get(`/photo.ddpm${path}`, { Accept: IMG }));
    await eventually(() => expect([store.opened, decoder.running]).toEqual([7, 4]));
    go();
    const found = await Promise.all(responses.map(async (response) => bytesOf(await response)));
    expect(decoder.lengths.length).toBe(4);
    for (const i of [1, 2, 3]) expect(found[i]).toEqual(found[0]);
  });

  test('what exceeds concurrency waits, what exceeds the queue gets 503; files are still sent', async () => {
    const go = decoder.hold();
    const store = new WatchedStore();
    const { get } = await serve({ concurrency: 2, queue: 3, open: store.open });
    const waiting = [1, 2, 3, 4, 5, 5].map((w) => get(`/photo.ddpm?format=webp&w=${w}`));
    await eventually(() => expect([store.opened, decoder.running]).toEqual([6, 2]));
    const refused = await get('/photo.ddpm?format=webp&w=6');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2']);
    expect(await refused.text()).toBe('too many pictures are being made; ask again later\n');
    expect((await get('/photo.ddpm')).status).toBe(200);
    go();
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
    expect([decoder.most, decoder.lengths.length]).toEqual([2, 5]);
  });

  test('what takes too long gets 504, and its decoding stops', async () => {
    decoder.hold();
    const { get } = await serve({ timeout: 0.1, concurrency: 1 });
    const responses = await Promise.all(['w=1', 'w=2'].map((query) => get(`/photo.ddpm?format=webp&${query}`)));
    for (const response of responses) {
      expect([response.status, await response.text()]).toEqual([504, 'the picture was not made within 0.1 s\n']);
    }
    expect([decoder.running, decoder.signals[0].aborted]).toEqual([0, true]);
  });

  test('also while the picture is written, which nothing can stop', async () => {
    const [width, height, channels] = [768, 768, 3] as const;
    const data = Uint8Array.from({ length: width * height * channels }, (_, i) => (i * i * 7919) >> 5);
    const decodes = async () => ({ data, info: { width, height, channels }, metadata: {} }) as never;
    const timed = async (timeout: number): Promise<[number, number]> => {
      const { get } = await serve({ codec: { decode: decodes }, timeout });
      const start = performance.now();
      const { status } = await get('/photo.ddpm?format=avif');
      return [status, performance.now() - start];
    };
    const [status, whole] = await timed(300);
    const [late, short] = await timed(0.02);
    expect([status, late]).toEqual([200, 504]);
    expect(short).toBeLessThan(whole / 2);
  });

  test('decoding stops when the client goes, but not while another waits', async () => {
    const go = decoder.hold();
    const onError = vi.fn();
    const store = new WatchedStore();
    const { get } = await serve({ concurrency: 1, onError, open: store.open });
    const clients: { control: AbortController; response: Promise<Response> }[] = [];
    for (const query of ['w=1', 'w=2', 'w=2', 'w=3']) {
      const control = new AbortController();
      const response = get(`/photo.ddpm?format=webp&${query}`, {}, { signal: control.signal });
      response.catch(() => {});
      clients.push({ control, response });
      await eventually(() => expect(store.opened).toBe(clients.length));
    }
    const aborted = (): boolean[] => decoder.signals.map((signal) => signal.aborted);
    clients[0].control.abort();
    await expect(clients[0].response).rejects.toThrow('aborted');
    await eventually(() => expect(aborted()).toEqual([true, false]));
    clients[1].control.abort();
    clients[3].control.abort();
    await eventually(() => expect(store.closed).toBe(2)); // of the first, and of the last, which has left the queue
    go();
    expect((await clients[2].response).status).toBe(200);
    expect(aborted()).toEqual([true, false]);
    expect(onError).not.toHaveBeenCalled();
  });

  test('a picture that waits keeps its file, also when the client has gone who asked for it first', async () => {
    const go = decoder.hold();
    const store = new WatchedStore();
    const left = vi.fn();
    const handler = handle({ concurrency: 1, open: store.open });
    const url = await listen((request) => {
      request.signal.addEventListener('abort', left);
      return handler(request);
    });
    const control = new AbortController();
    const responses: Promise<Response>[] = [];
    for (const [w, signal] of [[1], [2, control.signal], [2]] as const) {
      responses.push(fetch(`${url}/photo.ddpm?format=webp&w=${w}`, signal ? { signal } : {}));
      await eventually(() => expect(store.opened).toBe(responses.length));
    }
    control.abort();
    await expect(responses[1]).rejects.toThrow('aborted');
    await eventually(() => expect(left).toHaveBeenCalledTimes(1));
    go();
    expect([(await responses[0]).status, (await responses[2]).status]).toEqual([200, 200]);
    expect(decoder.lengths.length).toBe(2);
    await eventually(() => expect(store.closed).toBe(3));
  });

  test('files stay closed: no request leaves one open', async () => {
    const store = new WatchedStore();
    const { url, get } = await serve({ open: store.open, cache: memoryCache({ bytes: 1e6 }) });
    const requests: [string, Record<string, string>][] = [
      ['', {}],
      ['', { Range: 'bytes=0-9' }],
      ['', { Range: 'bytes=9999-' }],
      ['', { 'If-None-Match': '"e"' }],
      ['', { 'If-Match': '"f"' }],
      ['', { Accept: 'text/html' }],
      ['', { Accept: IMG }],
      ['', { Accept: IMG }],
      ['?psnr=99', {}],
      ['?bytes=50', {}],
    ];
    await Promise.all(requests.map(async ([query, headers]) => bytesOf(await get(`/photo.ddpm${query}`, headers))));
    await rawRequest(url, '/photo.ddpm', { method: 'HEAD' });
    await eventually(() => expect([store.opened, store.closed]).toEqual([11, 11]));
  });
});

describe('cache', () => {
  test('pictures are made once', async () => {
    const { get } = await serve({ cache: memoryCache({ bytes: 1e6 }) });
    const made = await bytesOf(await get('/photo.ddpm?w=40', { Accept: 'image/*' }));
    const kept = await get('/photo.ddpm?w=40', { Accept: 'image/*' });
    expect(kept.headers.get('content-type')).toBe('image/jpeg');
    expect(await bytesOf(kept)).toEqual(made);
    expect(decoder.lengths.length).toBe(1);
  });

  test('keys tell files, versions, parts, sizes, qualities and formats apart, and are safe as names', async () => {
    const keys: string[] = [];
    const cache = { get: (key: string) => void keys.push(key), set: () => {} };
    const { get } = await serve({ cache });
    const query = (text: string): Promise<Response> => get(`/${text}`);
    for (const text of ['photo.ddpm', '%C3%BC%20b.ddpm', 'photo.ddpm?w=9', 'photo.ddpm?h=9', 'photo.ddpm?q=9']) {
      await query(`${text}${text.includes('?') ? '&' : '?'}format=webp`);
    }
    await query('photo.ddpm?bytes=300&format=webp');
    await query('photo.ddpm?format=avif');
    await query('photo.ddpm?format=png');
    await get('/photo.ddpm', { Accept: 'image/*' });
    utimesSync(join(root, 'photo.ddpm'), MODIFIED, new Date(0));
    await query('photo.ddpm?format=webp');
    expect(new Set(keys).size).toBe(10);
    for (const key of keys) expect(key).toMatch(/^[\w-]{43}$/);
    const before = keys.length;
    utimesSync(join(root, 'photo.ddpm'), MODIFIED, MODIFIED);
    await get('/photo.ddpm?v=1', { Accept: 'image/webp' });
    await get('/photo.ddpm', { Accept: 'image/webp,*/*' });
    expect(keys.slice(before)).toEqual([keys[0], keys[0]]);
  });

  test('failures of the cache, and what is no picture in it, make no request fail', async () => {
    const onError = vi.fn();
    const error = new Error('the cache is down');
    const fails = async (): Promise<never> => {
      throw error;
    };
    const broken = await serve({ cache: { get: fails, set: fails }, onError });
    expect((await broken.get('/photo.ddpm?format=webp')).status).toBe(200);
    await eventually(() => expect(onError.mock.calls.map(([found]) => found)).toEqual([error, error]));
    for (const garbage of [new Uint8Array(0), Buffer.from('no picture'), null]) {
      const { get } = await serve({ cache: { get: () => garbage, set: () => {} } });
      const response = await get('/photo.ddpm?format=webp');
      expect((await sharp(await bytesOf(response)).metadata()).format).toBe('webp');
    }
  });

  test('a cache that does not answer holds a request no longer than the timeout', async () => {
    const { get } = await serve({ cache: { get: () => new Promise(() => {}), set: () => {} }, timeout: 0.05 });
    expect((await get('/photo.ddpm?format=webp')).status).toBe(504);
  });

  test('files of one path and ETag are told apart by their id', async () => {
    const open = (_: string, { headers }: Request) => ({ bytes: PHOTO, etag: 'same', id: headers.get('x-who') ?? '' });
    const { get } = await serve({ open, cache: memoryCache({ bytes: 1e6 }) });
    for (const who of ['one', 'two', 'one']) await bytesOf(await get('/a.ddpm?format=webp', { 'x-who': who }));
    expect(decoder.lengths.length).toBe(2);
  });
});

describe('options', () => {
  test('prefix', async () => {
    const { get } = await serve({ prefix: '/photos' });
    expect((await get('/photos/photo.ddpm')).status).toBe(200);
    expect((await get('/photo.ddpm')).status).toBe(404);
  });

  test('cors: every response, and what a page may send', async () => {
    const { url, get } = await serve({ cors: 'https://page.example' });
    for (const path of ['/photo.ddpm', '/none.ddpm', '/photo.ddpm?w=0', '/photo.ddpm?format=webp']) {
      const { headers } = await get(path);
      expect(headers.get('access-control-allow-origin'), path).toBe('https://page.example');
      expect(headers.get('access-control-expose-headers')).toContain('Content-Range');
      expect(headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    }
    const { status, headers } = await rawRequest(url, '/photo.ddpm', { method: 'OPTIONS' });
    expect(status).toBe(204);
    expect(headers['access-control-allow-methods']).toBe('GET, HEAD, OPTIONS');
    expect(headers['access-control-allow-headers']).toContain('Range');
  });

  test('cacheControl', async () => {
    const { get } = await serve({ cacheControl: 'public, max-age=31536000, immutable' });
    const values = await Promise.all(
      ['', '?format=webp', '?w=0'].map(async (query) =>
        (await get(`/photo.ddpm${query}`)).headers.get('cache-control'),
      ),
    );
    expect(values).toEqual(['public, max-age=31536000, immutable', 'public, max-age=31536000, immutable', 'no-store']);
  });

  test('open: bytes, ETags with and without quotes, and none', async () => {
    const etagOf = async (etag?: string): Promise<string | null> => {
      const { get } = await serve({ open: () => ({ bytes: PHOTO, ...(etag !== undefined && { etag }) }) });
      return (await get('/a.ddpm')).headers.get('etag');
    };
    expect(await etagOf('abc')).toBe('"abc"');
    expect(await etagOf('"abc"')).toBe('"abc"');
    for (const etag of [undefined, 'W/"abc"', 'a"b', 'a\nb', '']) expect(await etagOf(etag)).toMatch(/^"[\w-]{43}"$/);
  });

  test('close waits for pictures; later requests get 503', async () => {
    const go = decoder.hold();
    const handler = handle();
    const request = (): Request => new Request('http://localhost/photo.ddpm?format=webp');
    const response = handler(request());
    await eventually(() => expect(decoder.running).toBe(1));
    const closed = handler.close();
    expect((await handler(request())).status).toBe(503);
    go();
    await closed;
    expect((await response).status).toBe(200);
  });

  test.each([
    [{}, '"options" expected one of root and open'],
    [{ root: '.', open: () => null }, '"options" expected one of root and open'],
    [{ root: '.', width: 5 }, '"width" expected no such option'],
    [{ open: 5 }, '"open" expected function, got 5'],
    [{ root: '.', codec: {} }, '"codec" expected object with decode, got an object'],
    [{ root: '.', cache: { get() {} } }, '"cache" expected object with get and set, got an object'],
    [{ root: '.', prefix: 'photos/' }, '"prefix" expected path such as /photos, got "photos/"'],
    [{ root: '.', cors: 'a\r\nb' }, '"cors" expected value of a header, got "a\\r\\nb"'],
    [{ root: '.', formats: ['gif'] }, '"formats" expected one of avif, webp, jpeg, png, got "gif"'],
    [{ root: '.', widths: [] }, '"widths" expected list of one or more numbers, got Array'],
    [{ root: '.', widths: [4000] }, '"widths" expected integer 1..2048, got 4000'],
    [{ root: '.', maxWidth: 20_000 }, '"maxWidth" expected integer 1..16383, got 20000'],
    [{ root: '.', timeout: 0 }, '"timeout" expected number 0.001..2147483, got 0'],
    [{ root: '.', concurrency: 0 }, '"concurrency" expected integer 1..1024, got 0'],
  ])('%j: refused', (options, message) => {
    expect(() => createHandler(options as HandlerOptions)).toThrow(message);
  });
});
