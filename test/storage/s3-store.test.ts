import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as sdk from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, test } from 'vitest';
import { listInputs } from '../../src/storage/list-inputs.ts';
import { clientConfig } from '../../src/storage/s3/open-s3.ts';
import type { S3Store } from '../../src/storage/s3/s3-store.ts';
import { isTransient } from '../../src/storage/transient.ts';
import { collect } from '../support/collect.ts';
import { isWholeServer, type S3Server, startS3 } from '../support/s3-server.ts';

let server: S3Server;
let store: S3Store;
const at = (key: string): string => `s3://${server.bucket}/${key}`;
const read = async (key: string): Promise<Buffer> => Buffer.concat(await collect(store.read(at(key))));
const replace = { replace: true } as const;
const keep = { replace: false } as const;
/** 12 MiB: three parts. */
const large = Buffer.alloc(12 * 2 ** 20, 'ddpm');

async function thrownBy(action: () => Promise<unknown>): Promise<Error> {
  try {
    await action();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

beforeEach(async () => {
  server = await startS3();
  store = server.store();
});

test('what is written is read, whatever its key', async () => {
  const photograph = readFileSync(join('test', 'images', 'kodak', 'kodim05.png'));
  const keys = ['a.png', 'deep/er/a b+c=d.png', 'ü/100%.png', '[x].png'];
  // s3rver stores such keys, but lists others.
  for (const key of isWholeServer ? [...keys, 'a%20b#c?d.png', 'a&b.png'] : keys) {
    await store.write(at(key), photograph, replace);
    expect((await read(key)).equals(photograph)).toBe(true);
    expect(await store.stat(at(key))).toEqual({
      location: at(key),
      size: photograph.length,
      version: expect.stringMatching(/^"[0-9a-f]{32}"$/),
    });
    expect((await collect(store.list(at('**')))).map(({ location }) => location)).toContain(at(key));
  }
});

test('versions change with the content', async () => {
  await store.write(at('a'), Buffer.from('one'), replace);
  const before = await store.stat(at('a'));
  expect(await store.stat(at('a'))).toEqual(before);
  await store.write(at('a'), Buffer.from('two'), replace);
  expect((await store.stat(at('a')))?.version).not.toBe(before?.version);
  expect(await collect(store.list(at('*')))).toEqual([await store.stat(at('a'))]);
});

test('what is not there', async () => {
  expect(await store.stat(at('none'))).toBeUndefined();
  const error = await thrownBy(() => read('none'));
  expect(error).toMatchObject({
    code: 'ERR_DDPM_INPUT',
    message: `cannot read ${at('none')}: there is no such object. Check bucket and key`,
  });
  expect(isTransient(error)).toBe(false);
  const noBucket = await thrownBy(() => collect(store.list('s3://no-such-bucket/*')));
  expect(noBucket.message).toBe(
    'cannot list s3://no-such-bucket/: there is no such bucket. Check its name, the endpoint and the region',
  );
  await expect(store.assertWritable('s3://no-such-bucket/a', replace)).rejects.toMatchObject({
    code: 'ERR_DDPM_OUTPUT',
    message: 'cannot write s3://no-such-bucket/a: there is no bucket no-such-bucket. Make it, or check the endpoint',
  });
  for (const location of ['s3://', 's3://bucket', 's3://bucket/', 's3://KEY:SECRET@bucket/a']) {
    const wrong = await thrownBy(() => collect(store.read(location)));
    expect(wrong.message).toMatch(/^"location" expected s3:\/\/BUCKET\/KEY, got s3:\/\//);
    expect(wrong.message).not.toContain('SECRET');
  }
});

describe('listing', () => {
  test('patterns', async () => {
    for (const key of ['a.png', 'x/a.png', 'x/b.jpg', 'x/y/c.png', 'x/.hidden/d.png', 'xy/e.png', 'x/[1].png', 'x/']) {
      await server.put(key, key.endsWith('/') ? '' : key);
    }
    const listed = async (pattern: string): Promise<string[]> =>
      (await collect(store.list(at(pattern)))).map(({ location }) => location.slice(at('').length));
    expect(await listed('*.png')).toEqual(['a.png']);
    expect(await listed('**/*.png')).toEqual(['a.png', 'x/[1].png', 'x/a.png', 'x/y/c.png', 'xy/e.png']);
    expect(await listed('x/**')).toEqual(['x/[1].png', 'x/a.png', 'x/b.jpg', 'x/y/c.png']);
    expect(await listed('x*/*.png')).toEqual(['x/[1].png', 'x/a.png', 'xy/e.png']);
    expect(await listed('x/{a,b}.*')).toEqual(['x/a.png', 'x/b.jpg']);
    expect(await listed('x/\\[1\\].png')).toEqual(['x/[1].png']);
    expect(await listed('a.png')).toEqual(['a.png']);
    expect(await listed('none/**')).toEqual([]);
    // Only what begins with the literal part is asked for, and a flat pattern looks into no folder.
    expect(server.requests.filter((line) => /prefix=x%2F(&|$)/.test(line))).not.toEqual([]);
    expect(server.requests.filter((line) => line.includes('delimiter'))).toHaveLength(3);
  });

  test('in pages, of which the next is asked for by its token', async () => {
    const page = (keys: string[], token?: string): string => {
      const contents = keys.map((key) => `<Contents><Key>${key}</Key><Size>3</Size><ETag>"x"</ETag></Contents>`);
      const next = token === undefined ? '' : `<NextContinuationToken>${token}</NextContinuationToken>`;
      const end = `<IsTruncated>${token !== undefined}</IsTruncated>${next}`;
      return `<ListBucketResult>${contents.join('')}${end}</ListBucketResult>`;
    };
    server.fault = ({ url = '' }, response) => {
      expect(url).toContain('max-keys=1000');
      const isNext = url.includes('continuation-token=a%2Bb');
      response.end(isNext ? page(['c.png', 'd.jpg']) : page(['a.png', 'b.png'], 'a+b'));
      return true;
    };
    const entry = (key: string) => ({ location: at(key), size: 3, version: '"x"' });
    expect(await collect(store.list(at('*.png')))).toEqual(['a.png', 'b.png', 'c.png'].map(entry));
    expect(server.requests).toHaveLength(2);
  });

  test.skipIf(!isWholeServer)('of 1100 objects', async () => {
    const keys = Array.from({ length: 1100 }, (_, i) => `${1000 + i}.png`);
    for (let i = 0; i < keys.length; i += 50) {
      await Promise.all(keys.slice(i, i + 50).map((key) => server.put(key, '')));
    }
    server.requests.length = 0;
    expect((await collect(store.list(at('*')))).map(({ location }) => location)).toEqual(keys.map(at));
    expect(server.requests).toHaveLength(2);
  });

  test('a server that gives the same page again and again is found out', async () => {
    server.fault = (_, response) => {
      const page = `<IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken>`;
      response.end(`<ListBucketResult>${page}<Contents><Key>a</Key></Contents></ListBucketResult>`);
      return true;
    };
    await expect(collect(store.list(at('*')))).rejects.toThrow('the same page again and again');
  });
});

describe('an existing object', () => {
  test('stays without replace, and is replaced with it', async () => {
    await server.put('a', 'old');
    const refused = {
      code: 'ERR_DDPM_OUTPUT',
      message: `cannot write ${at('a')}: the object exists. Leave out --no-clobber to overwrite it`,
    };
    await expect(store.assertWritable(at('a'), keep)).rejects.toMatchObject(refused);
    await expect(store.write(at('a'), Buffer.from('new'), keep)).rejects.toMatchObject(refused);
    await expect(store.write(at('a'), large, { ...keep, remedy: 'Do not' })).rejects.toThrow('exists. Do not');
    expect((await read('a')).toString()).toBe('old');
    await store.assertWritable(at('a'), replace);
    await store.write(at('a'), Buffer.from('new'), replace);
    await store.write(at('b'), Buffer.from('first'), keep);
    expect([(await read('a')).toString(), (await read('b')).toString()]).toEqual(['new', 'first']);
  });

  test.skipIf(!isWholeServer).each([
    ['at once', Buffer.from('new')],
    ['in parts', large],
  ])('that comes while one is written %s stays', async (_, data) => {
    let isHidden = true; // as if it were not there when that is asked
    await server.put('a', 'old');
    server.fault = ({ method }, response) => {
      if (method !== 'HEAD' || !isHidden) return false;
      response.writeHead(404).end();
      return true;
    };
    await expect(store.write(at('a'), data, keep)).rejects.toThrow('the object exists');
    isHidden = false;
    expect((await read('a')).toString()).toBe('old');
  });

  test('whoever may not ask what is there may write what is not', async () => {
    server.fault = ({ method }, response) => {
      if (method !== 'HEAD') return false;
      response.writeHead(403).end();
      return true;
    };
    await store.assertWritable(at('a'), keep);
    await store.write(at('a'), Buffer.from('new'), keep);
    expect((await read('a')).toString()).toBe('new');
  });

  test('a server that refuses conditions is written to without, as nothing is there', async () => {
    server.fault = ({ method, headers }, response) => {
      if (method !== 'PUT' || headers['if-none-match'] !== '*') return false;
      response.writeHead(501).end('<Error><Code>NotImplemented</Code></Error>');
      return true;
    };
    await store.write(at('a'), Buffer.from('new'), keep);
    expect((await read('a')).toString()).toBe('new');
  });
});

describe('in parts', () => {
  test('the object has all bytes in order', async () => {
    const bytes = Buffer.alloc(large.length);
    for (let i = 0; i < bytes.length; i += 4) bytes.writeUInt32LE(i, i);
    await store.write(at('a'), bytes, replace);
    expect((await read('a')).equals(bytes)).toBe(true);
    expect(server.requests.filter((line) => /^PUT .*partNumber=/.test(line))).toHaveLength(3);
  });

  /** Fails the requests that a test chooses. */
  const failing = (which: RegExp): void => {
    server.fault = ({ method, url }, response) => {
      if (!which.test(`${method} ${url}`)) return false;
      response.writeHead(403, { 'content-type': 'application/xml' }).end('<Error><Code>AccessDenied</Code></Error>');
      return true;
    };
  };

  test.each([
    ['a part', /^PUT .*partNumber=2/],
    ['the end', /^POST .*uploadId=/],
  ])('%s fails: no object, and the upload is given up', async (_, which) => {
    failing(which);
    const error = await thrownBy(() => store.write(at('a'), large, replace));
    expect(error).toMatchObject({
      code: 'ERR_DDPM_OUTPUT',
      message: `cannot write ${at('a')}: access is denied (AccessDenied). Check the credentials and what they may write`,
    });
    server.fault = undefined;
    expect(await server.objects()).toEqual({});
    const last = server.requests.findLast((line) => line.includes('uploadId='));
    expect(last).toMatch(/^DELETE \/.*\/a\?.*uploadId=/);
    if (isWholeServer) await expectNoUploads();
  });

  test('a signal: no object, the upload is given up, and the reason of the signal is thrown', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    server.fault = ({ url = '' }) => {
      if (url.includes('partNumber=3')) controller.abort(reason);
      return false;
    };
    expect(await thrownBy(() => store.write(at('a'), large, { ...replace, signal: controller.signal }))).toBe(reason);
    expect(await server.objects()).toEqual({});
    expect(server.requests.some((line) => /^DELETE .*uploadId=/.test(line))).toBe(true);
    if (isWholeServer) await expectNoUploads();
  });

  async function expectNoUploads(): Promise<void> {
    const { Uploads = [] } = await server.client.send(new sdk.ListMultipartUploadsCommand({ Bucket: server.bucket }));
    expect(Uploads).toEqual([]);
  }
});

describe('what servers may do wrong', () => {
  const answer = (status: number, code: string, message = ''): void => {
    server.fault = (request, response) => {
      request.resume();
      response.writeHead(status).end(`<Error><Code>${code}</Code><Message>${message}</Message></Error>`);
      return true;
    };
  };

  test('busy for a while: tried again', async () => {
    await server.put('a', 'text');
    let tries = 0;
    server.fault = (_, response) => {
      if (++tries > 2) return false;
      response.writeHead(503).end('<Error><Code>SlowDown</Code></Error>');
      return true;
    };
    expect((await read('a')).toString()).toBe('text');
    expect(tries).toBe(3);
  });

  test('busy for long: an error that may pass', async () => {
    answer(503, 'SlowDown', 'Please reduce\n your \u009b31m rate');
    const error = await thrownBy(() => read('a'));
    expect([error.message, isTransient(error)]).toEqual([
      `cannot read ${at('a')}: SlowDown (503): Please reduce your 31m rate. Try again later`,
      true,
    ]);
  });

  test('no permission: an error that stays; who may not ask for the bucket may try to write', async () => {
    answer(403, 'AccessDenied');
    for (const action of [() => read('a'), () => store.stat(at('a')), () => collect(store.list(at('*')))]) {
      const error = await thrownBy(action);
      expect([error.message, isTransient(error)]).toEqual([expect.stringContaining('access is denied'), false]);
    }
    await store.assertWritable(at('a'), replace);
    await expect(store.write(at('a'), large, replace)).rejects.toMatchObject({ code: 'ERR_DDPM_OUTPUT' });
  });

  test.each([
    ['with', { 'x-amz-checksum-crc32': 'AAAAAA==' }],
    ['without', {}],
  ])('the connection is cut, %s a checksum: an error that may pass', async (_, headers) => {
    server.fault = (_, response) => {
      response.writeHead(200, { 'content-length': 1000, ...headers }).write('begin');
      setTimeout(() => response.destroy(), 50);
      return true;
    };
    const error = await thrownBy(() => read('a'));
    expect([error, isTransient(error)]).toEqual([expect.objectContaining({ code: 'ERR_DDPM_INPUT' }), true]);
  });

  test('an object without end is refused, and the download ends', async () => {
    const closed = new Promise<void>((resolve) => {
      server.fault = (_, response) => {
        const more = (): void => {
          while (response.write(large) && !response.destroyed);
        };
        response.on('drain', more).once('close', resolve);
        more();
        return true;
      };
    });
    await expect(read('a')).rejects.toMatchObject({ code: 'ERR_DDPM_LIMIT' });
    await closed;
  });

  test('bytes that are not those of their checksum are refused', async () => {
    server.fault = (_, response) => {
      response.writeHead(200, { 'x-amz-checksum-crc32': 'AAAAAA==' }).end('text');
      return true;
    };
    await expect(read('a')).rejects.toMatchObject({ code: 'ERR_DDPM_INPUT' });
  });
});

test('the download ends when the reader stops, and when a signal says so', async () => {
  let closed: Promise<void> = Promise.resolve();
  server.fault = (_, response) => {
    const timer = setInterval(() => response.write(large.subarray(0, 50_000)), 5);
    closed = new Promise((resolve) => response.once('close', resolve));
    closed.then(() => clearInterval(timer));
    return true;
  };
  for await (const part of store.read(at('a'))) {
    expect(part.length).toBeGreaterThan(0);
    break;
  }
  await closed;
  const controller = new AbortController();
  const reason = new Error('enough');
  const reading = (async () => {
    for await (const _ of store.read(at('a'), controller.signal)) controller.abort(reason);
  })();
  await expect(reading).rejects.toBe(reason);
  await closed;
});

test('many at the same time', async () => {
  const keys = Array.from({ length: 100 }, (_, i) => `${i}.png`);
  await Promise.all(keys.map((key) => store.write(at(key), Buffer.from(key), replace)));
  expect((await Promise.all(keys.map(read))).map(String)).toEqual(keys);
  expect((await collect(listInputs([at('1.png')]))).length).toBe(1);
});

test('endpoint and region', () => {
  const made = (env: Record<string, string>) => {
    const { forcePathStyle, region } = clientConfig(env);
    return [forcePathStyle, region];
  };
  expect(made({})).toEqual([false, undefined]);
  expect(made({ AWS_ENDPOINT_URL: 'http://minio:9000' })).toEqual([true, 'us-east-1']);
  expect(made({ AWS_ENDPOINT_URL_S3: 'http://minio:9000', AWS_REGION: 'auto' })).toEqual([true, undefined]);
  expect(made({ AWS_ENDPOINT_URL: 'http://minio:9000', DDPM_S3_PATH_STYLE: '0' })[0]).toBe(false);
  expect(made({ DDPM_S3_PATH_STYLE: '1' })).toEqual([true, undefined]);
});
