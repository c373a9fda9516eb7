import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createHttpStore } from '../../src/storage/http/http-store.ts';
import { openStore } from '../../src/storage/open-store.ts';
import type { Store } from '../../src/storage/store.ts';
import { isTransient } from '../../src/storage/transient.ts';
import { collect } from '../support/collect.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let origin: string;
let handler: Handler;
let requests: { method: string | undefined; url: string | undefined; authorization: string | undefined }[];
let store: Store;

async function start(listener: Handler): Promise<{ server: Server; origin: string }> {
  const started = createServer(listener);
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return { server: started, origin: `http://127.0.0.1:${(started.address() as AddressInfo).port}` };
}

beforeEach(async () => {
  requests = [];
  ({ server, origin } = await start((request, response) => {
    requests.push({ method: request.method, url: request.url, authorization: request.headers.authorization });
    handler(request, response);
  }));
  store = createHttpStore({ maxBytes: 100_000, stallMs: 300, retryMs: 10 });
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const body = Buffer.from(Array.from({ length: 70_000 }, (_, i) => i % 251));
const whole: Handler = (_, response) => response.setHeader('content-length', body.length).end(body);
const read = async (path: string): Promise<Buffer> => Buffer.concat(await collect(store.read(`${origin}${path}`)));

/** What reading a path throws. */
async function failure(path: string): Promise<Error> {
  try {
    await read(path);
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

test('the bytes of a file, with and without their number', async () => {
  handler = whole;
  expect(await read('/a%20b.png?x=1#y')).toEqual(body);
  expect(requests).toEqual([{ method: 'GET', url: '/a%20b.png?x=1', authorization: undefined }]);
  handler = (_, response) => response.end(body);
  expect(await read('/')).toEqual(body);
  handler = (_, response) => response.end();
  expect(await read('/')).toHaveLength(0);
});

test('the store of http: and https: is this one', async () => {
  handler = whole;
  expect(Buffer.concat(await collect((await openStore(origin)).read(origin)))).toEqual(body);
  expect(await openStore('HTTPS://host/a')).toBe(await openStore(origin));
});

test('nothing is written', async () => {
  const refused = {
    code: 'ERR_DDPM_OUTPUT',
    message: 'cannot write http://host/a: web servers are only read. Write to a path or s3://BUCKET/KEY',
  };
  await expect(store.write('http://u:secret@host/a', body, { replace: true })).rejects.toMatchObject(refused);
  await expect(store.assertWritable('http://u:secret@host/a', { replace: true })).rejects.toMatchObject(refused);
});

describe('stat', () => {
  test('asks by HEAD for size and version', async () => {
    const modified = 'Fri, 02 Jan 2026 03:04:05 GMT';
    handler = (_, response) => response.writeHead(200, { 'content-length': 5, 'last-modified': modified }).end();
    const location = `${origin}/a`;
    expect(await store.stat(location)).toEqual({ location, size: 5, version: modified });
    handler = (_, response) =>
      response.writeHead(200, { 'content-length': 6, 'last-modified': modified, etag: '"x"' }).end();
    expect(await store.stat(location)).toEqual({ location, size: 6, version: '"x"' });
    expect(await collect(store.list(location))).toEqual([{ location, size: 6, version: '"x"' }]);
    handler = (_, response) => response.end();
    expect(await store.stat(location)).toEqual({ location, size: 0, version: '' });
    expect(requests.every(({ method }) => method === 'HEAD')).toBe(true);
  });

  test.each([403, 405, 501])('asks by GET where HEAD is answered %i, and does not read the body', async (status) => {
    const ended = new Promise<void>((resolve) => {
      handler = (request, response) => {
        if (request.method === 'HEAD') response.writeHead(status).end();
        else response.writeHead(200, { 'content-length': 2 ** 40, etag: '"x"' }).write('begin');
        response.once('close', () => request.method === 'GET' && resolve());
      };
    });
    expect(await store.stat(`${origin}/a`)).toMatchObject({ size: 2 ** 40, version: '"x"' });
    await ended;
  });

  test('undefined if nothing is there; an error if it cannot be asked', async () => {
    handler = (_, response) => response.writeHead(404).end();
    expect(await store.stat(`${origin}/a`)).toBeUndefined();
    handler = (_, response) => response.writeHead(403).end();
    await expect(store.stat(`${origin}/a`)).rejects.toMatchObject({ code: 'ERR_DDPM_INPUT' });
  });
});

describe('user and password', () => {
  test('are sent as Basic authentication, and never shown', async () => {
    handler = (_, response) => response.writeHead(403).end();
    const location = `${origin.replace('//', '//me:p%40ss@')}/a?token=hidden`;
    const error = await collect(store.read(location)).catch((thrown: Error) => thrown);
    expect(requests[0].authorization).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
    expect(error).toMatchObject({
      message: `cannot read ${origin}/a?…: the server answered 403 Forbidden. Give a URL with the right to read, e.g. https://USER:PASSWORD@HOST/...`,
    });
    expect(JSON.stringify([error, String((error as Error).stack)])).not.toMatch(/p%40ss|p@ss|hidden/);
  });

  test('are not sent to the host of a redirect', async () => {
    const seen: (string | undefined)[] = [];
    const other = await start((request, response) => {
      seen.push(request.headers.authorization);
      response.end('other');
    });
    handler = (request, response) =>
      request.url === '/a'
        ? response.writeHead(302, { location: '/b' }).end()
        : response.writeHead(307, { location: `${other.origin}/c` }).end();
    const parts = await collect(store.read(`${origin.replace('//', '//me:secret@')}/a`));
    expect(Buffer.concat(parts).toString()).toBe('other');
    expect(requests.map(({ authorization }) => authorization !== undefined)).toEqual([true, true]);
    expect(seen).toEqual([undefined]);
    other.server.close();
  });
});

describe('what servers may do wrong', () => {
  test('busy for a while: tried again', async () => {
    let tries = 0;
    handler = (request, response) => (++tries < 3 ? response.writeHead(503).end() : whole(request, response));
    expect(await read('/')).toEqual(body);
    expect(tries).toBe(3);
  });

  test('busy for long: an error that may pass, after three tries', async () => {
    handler = (_, response) => response.writeHead(429).end();
    const error = await failure('/a');
    expect([error.message, isTransient(error), requests.length]).toEqual([
      `cannot read ${origin}/a: the server answered 429 Too Many Requests. Try again later`,
      true,
      3,
    ]);
  });

  test('a wait of more than 10 seconds that it asks for is left to the caller', async () => {
    handler = (_, response) => response.writeHead(503, { 'retry-after': '3600' }).end();
    expect(isTransient(await failure('/a'))).toBe(true);
    expect(requests).toHaveLength(1);
  });

  test.each([301, 304, 400, 404, 410])('status %i: an error that stays', async (status) => {
    handler = (_, response) => response.writeHead(status).end();
    const error = await failure('/a');
    expect(error).toMatchObject({ code: 'ERR_DDPM_INPUT' });
    expect([isTransient(error), requests.length]).toEqual([false, 1]);
  });

  test('a part instead of the whole is refused', async () => {
    handler = (_, response) => response.writeHead(206, { 'content-range': 'bytes 0-3/9' }).end('part');
    expect((await failure('/a')).message).toContain('the server answered 206 Partial Content');
  });

  test('the connection is cut, or a wrong length is promised: an error that may pass', async () => {
    handler = (_, response) => {
      response.writeHead(200, { 'content-length': 1000 }).write('begin');
      setTimeout(() => response.destroy(), 50);
    };
    const cut = await failure('/a');
    expect([cut, isTransient(cut)]).toEqual([expect.objectContaining({ code: 'ERR_DDPM_INPUT' }), true]);
    handler = (_, response) => {
      response.socket?.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\nshort');
    };
    expect(isTransient(await failure('/a'))).toBe(true);
  });

  test('no server, no host, no URL', async () => {
    server.close();
    const gone = await failure('/a');
    expect([gone.message, isTransient(gone)]).toEqual([
      `cannot read ${origin}/a: connection refused. Try again later`,
      true,
    ]);
    await expect(collect(store.read('http://'))).rejects.toThrow('"location" expected a URL with a host');
  });

  test('silent before the answer, or in it: given up after the limit, may pass', async () => {
    handler = () => {};
    const silent = await failure('/a');
    expect([silent.message, isTransient(silent)]).toEqual([
      `cannot read ${origin}/a: the server was silent for 0.3 s. Try again later`,
      true,
    ]);
    handler = (_, response) => void response.writeHead(200).write('begin');
    expect((await failure('/a')).message).toContain('was silent for 0.3 s');
  });

  test('a byte now and then: given up, as it would not end', async () => {
    handler = (_, response) => {
      const timer = setInterval(() => response.write('x'), 40);
      response.once('close', () => clearInterval(timer));
    };
    expect((await failure('/a')).message).toContain('the server sends less than 1 kB/s');
  });

  test('a slow reader is not the fault of the server', async () => {
    handler = whole;
    let bytes = 0;
    for await (const part of store.read(`${origin}/a`)) {
      if (bytes === 0) await wait(500);
      bytes += part.length;
    }
    expect(bytes).toBe(body.length);
  });

  test('a body without end, or of too many bytes: refused, and the download ends', async () => {
    const closed = new Promise<void>((resolve) => {
      handler = (_, response) => {
        const more = (): void => {
          while (response.write(body) && !response.destroyed);
        };
        response.on('drain', more).once('close', resolve);
        more();
      };
    });
    expect(await failure('/a')).toMatchObject({
      code: 'ERR_DDPM_LIMIT',
      message: `cannot read ${origin}/a: it has more than 100000 bytes. Give a smaller input`,
    });
    await closed;
    handler = (_, response) => void response.writeHead(200, { 'content-length': 100_001 }).write('begin');
    expect(await failure('/a')).toMatchObject({ code: 'ERR_DDPM_LIMIT' });
  });

  test.each([
    ['in a circle', '/a', 'more than 5 redirects'],
    ['to a file', 'file:///etc/passwd', 'a redirect leads from http: to file:'],
    ['to nowhere', 'http://', 'a redirect leads to no URL'],
  ])('redirects %s', async (_, location, why) => {
    handler = (_request, response) => response.writeHead(302, { location }).end();
    const error = await failure('/a');
    expect([error.message, isTransient(error)]).toEqual([`cannot read ${origin}/a: ${why}. Check the URL`, false]);
    expect(requests.length).toBeLessThanOrEqual(6);
  });
});

describe('ends the download', () => {
  const endless = (): Promise<void> =>
    new Promise((resolve) => {
      handler = (_, response) => {
        const timer = setInterval(() => response.write(body), 5);
        response.once('close', () => {
          clearInterval(timer);
          resolve();
        });
      };
    });

  test('when the reader stops', async () => {
    const closed = endless();
    for await (const part of store.read(`${origin}/a`)) {
      expect(part.length).toBeGreaterThan(0);
      break;
    }
    await closed;
  });

  test('when a signal says so, with its reason', async () => {
    const closed = endless();
    const controller = new AbortController();
    const reason = new Error('enough');
    const reading = (async () => {
      for await (const _ of store.read(`${origin}/a`, controller.signal)) controller.abort(reason);
    })();
    await expect(reading).rejects.toBe(reason);
    await closed;
    await expect(collect(store.read(`${origin}/a`, AbortSignal.abort(reason)))).rejects.toBe(reason);
  });
});
