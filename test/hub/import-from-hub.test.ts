import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { openRepository } from '../../src/hub/hub-repository.ts';
import { importModel } from '../../src/node/models/import-model.ts';
import { fixtureFolder } from '../model/unet/fixtures.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { COMMIT, type HubServer, startHub, TOKEN } from './support/hub-server.ts';

const WEIGHTS = 'diffusion_pytorch_model.safetensors';
const FOLDER = fixtureFolder('published');
const read = (file: string): Uint8Array => new Uint8Array(readFileSync(join(FOLDER, file)));
const FLAT = new Map(['config.json', 'scheduler_config.json', WEIGHTS].map((file) => [file, read(file)]));
const weights = FLAT.get(WEIGHTS) as Uint8Array;
const LIMITS = { stallMs: 300, retryMs: 5 };

let hub: HubServer;
let cache: string;
/** Folder of what was downloaded. */
let folder: string;
beforeEach(async () => {
  hub = await startHub(FLAT);
  cache = temporaryFolder();
  folder = join(cache, 'ddpm-codec/hub/owner/model', COMMIT);
  vi.stubEnv('XDG_CACHE_HOME', cache);
  vi.stubEnv('HF_ENDPOINT', hub.endpoint);
  vi.stubEnv('HF_TOKEN', undefined);
  return () => vi.unstubAllEnvs();
});

/** Downloads a file with short limits. */
async function download(path = WEIGHTS): Promise<string> {
  return (await openRepository('hf:owner/model', [path], { limits: LIMITS })).download(path);
}

/** What fails, as an error. */
async function failureOf(work: Promise<unknown>): Promise<Error & { code?: string }> {
  return work.then(
    () => {
      throw new Error('nothing was thrown');
    },
    (error) => error,
  );
}

/** Begins a download that is not ended. */
function leavePart(bytes: Uint8Array): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${WEIGHTS}.part`), bytes);
}

describe('a model of the hub', () => {
  test('is the model of a folder with the same files; only what is needed is downloaded', async () => {
    hub.files.set('README.md', new Uint8Array(5000)).set('diffusion_pytorch_model.bin', new Uint8Array(5000));
    const seen: string[] = [];
    const onProgress = ({ file, fraction }: { file: string; fraction: number }): void => {
      if (fraction === 1) seen.push(file);
    };
    const { data, info } = await importModel('hf:owner/model', { onProgress });
    expect(data).toEqual((await importModel(FOLDER)).data);
    expect(info).toMatchObject({ name: 'model', origin: `hf:owner/model@${COMMIT}`, download: folder });
    expect([...new Set(seen)]).toEqual(['config.json', 'scheduler_config.json', WEIGHTS]);
    expect(readdirSync(folder).sort()).toEqual([...FLAT.keys()].sort());
    expect(hub.log.filter((line) => line.startsWith('POST'))).toHaveLength(1);
    expect(hub.log.filter((line) => /\.(bin|md)/.test(line))).toEqual([]);
    // All is there now: the hub is asked for checksums, and for no file.
    hub.log.length = 0;
    expect((await importModel(`hf:owner/model@${COMMIT}`)).data).toEqual(data);
    expect(hub.log.filter((line) => line.includes('resolve'))).toEqual([]);
  });

  test('may lie in the folders of a pipeline', async () => {
    hub.files.clear();
    for (const [file, bytes] of FLAT) hub.files.set(`${file.startsWith('s') ? 'scheduler' : 'unet'}/${file}`, bytes);
    const { data, info } = await importModel('hf:owner/model', { name: 'other' });
    expect(data).toEqual((await importModel(FOLDER)).data);
    expect(info.name).toBe('other');
  });

  test('is refused before its weights come, if it is of another kind or has no safetensors', async () => {
    hub.files.set('config.json', Buffer.from('{"_class_name": "UNet2DConditionModel"}'));
    const kind = await failureOf(importModel('hf:owner/model'));
    expect(kind).toMatchObject({ code: 'ERR_DDPM_MODEL_CORRUPT', message: expect.stringContaining('_class_name') });
    hub.files.delete(WEIGHTS);
    hub.files.set('diffusion_pytorch_model.bin', new Uint8Array(10));
    const pickle = await failureOf(importModel('hf:owner/model'));
    expect(pickle).toMatchObject({
      code: 'ERR_DDPM_MODEL_MISSING',
      message: expect.stringMatching(
        /no diffusion\S+safetensors of hf:owner\/model .*\.bin of hf:owner\/model is a PyTorch/,
      ),
    });
    expect(hub.log.filter((line) => line.includes('diffusion_pytorch_model'))).toEqual([]);
  });
});

describe('who may read', () => {
  test('the token goes to the hub and to no other server', async () => {
    vi.stubEnv('HF_TOKEN', ` ${TOKEN}\n`);
    await importModel('hf:owner/gated', { name: 'gated' });
    expect(hub.log.filter((line) => line.includes('/repos/'))).toEqual([`GET /repos/${WEIGHTS}?signature=abc`]);
    const others = hub.log.filter((line) => !line.includes('/repos/'));
    expect(others.every((line) => line.endsWith(`Bearer ${TOKEN}`))).toBe(true);
  });

  test.each([
    ['without a token', undefined, 'set HF_TOKEN to a token that may read it'],
    ['with one that does not do', 'hf_AnotherSecret', 'give in HF_TOKEN a token that may read it'],
  ])('a gated repository %s', async (_, token, remedy) => {
    vi.stubEnv('HF_TOKEN', token);
    const error = await failureOf(importModel('hf:owner/gated'));
    expect(error).toMatchObject({ code: 'ERR_DDPM_MODEL_MISSING' });
    expect(error.message).toBe(
      'cannot download hf:owner/gated: the server answered 401 Unauthorized: it is not there, private, or gated. ' +
        `Check the name; accept its terms at ${hub.endpoint}/owner/gated, and ${remedy}`,
    );
  });

  test('no message has a token or password', async () => {
    vi.stubEnv('HF_TOKEN', 'hf_Sécret\nX: y');
    const token = await failureOf(importModel('hf:owner/model'));
    expect(token.message).toMatch(/^HF_TOKEN has characters/);
    vi.stubEnv('HF_TOKEN', TOKEN);
    vi.stubEnv('HF_ENDPOINT', 'http://me:password@127.0.0.1:3');
    const { message } = await failureOf(openRepository('hf:owner/model', [], { limits: LIMITS }));
    expect(message).toMatch(
      /^cannot download hf:owner\/model: http:\/\/127.0.0.1:3: .*connection refused.*HF_ENDPOINT/,
    );
    expect(message).not.toMatch(/password|hf_Secret/);
    vi.stubEnv('HF_ENDPOINT', 'file:///etc');
    expect((await failureOf(importModel('hf:owner/model'))).message).toMatch(/^HF_ENDPOINT is file:\/\/\/etc, which/);
  });

  test('without its package, the message says what to install', async () => {
    vi.resetModules();
    vi.doMock('@huggingface/hub', () => {
      throw new Error('nothing is here');
    });
    const { loadHubLibrary } = await import('../../src/hub/hub-library.ts');
    const error = await failureOf(loadHubLibrary());
    vi.doUnmock('@huggingface/hub');
    expect(error).toMatchObject({ code: 'ERR_DDPM_DEPENDENCY' });
    expect(error.message).toMatch(/^hf: needs the package @huggingface\/hub, which .* npm install @huggingface\/hub$/s);
  });

  test('references', async () => {
    for (const text of ['hf:', 'hf:model', 'hf:a/b/c', 'hf:../x', 'hf:a/..', 'hf:a/b@', 'hf:a/b@x y', 'hf:a/b?c']) {
      await expect(importModel(text), text).rejects.toThrow(/^"source" expected hf:OWNER\/NAME/);
    }
    const missing = await failureOf(importModel('hf:owner/model@refs/pr/7'));
    expect(missing.message).toBe(
      'cannot download hf:owner/model@refs/pr/7: the server answered 404 Not Found. ' +
        `Check name and revision at ${hub.endpoint}/owner/model`,
    );
    expect(hub.log[0]).toContain('/revision/refs%2Fpr%2F7?');
  });
});

describe('a download', () => {
  test('goes on where an earlier one ended', async () => {
    leavePart(weights.subarray(0, 150_000));
    expect(new Uint8Array(readFileSync(await download()))).toEqual(weights);
    expect(hub.log.filter((line) => line.includes('/repos/'))).toEqual([
      `GET /repos/${WEIGHTS}?signature=abc bytes=150000-`,
    ]);
    expect(readdirSync(folder)).toEqual([WEIGHTS]);
  });

  test('goes on by itself where a connection broke', async () => {
    const sent: string[] = [];
    hub.deviation = ({ url, headers }, response) => {
      if (!url?.startsWith('/repos/')) return false;
      sent.push(headers.range ?? 'all');
      if (sent.length > 2) return false;
      const start = Number(/\d+/.exec(headers.range ?? '')?.[0] ?? 0);
      const headersOfPart = { 'content-range': `bytes ${start}-${weights.length - 1}/${weights.length}` };
      response.writeHead(start === 0 ? 200 : 206, start === 0 ? {} : headersOfPart);
      response.write(weights.subarray(start, start + 50_000), () => setTimeout(() => response.destroy(), 20));
      return true;
    };
    expect(new Uint8Array(readFileSync(await download()))).toEqual(weights);
    expect(sent).toEqual(['all', 'bytes=50000-', 'bytes=100000-']);
  });

  test('begins again with a server that sends files only whole', async () => {
    leavePart(new Uint8Array(100));
    hub.deviation = ({ url }, response) => {
      if (url?.startsWith('/repos/')) response.end(weights);
      return response.writableEnded;
    };
    expect(new Uint8Array(readFileSync(await download()))).toEqual(weights);
  });

  test('is not kept if its checksum is wrong, and is made again if the file was changed', async () => {
    leavePart(weights.map((byte, i) => (i === 77 ? byte ^ 1 : byte)).subarray(0, 150_000));
    const error = await failureOf(download());
    expect(error).toMatchObject({ code: 'ERR_DDPM_MODEL_CORRUPT' });
    expect(error.message).toMatch(/is damaged: its SHA-256 checksum is [0-9a-f]{64}, the hub says [0-9a-f]{64}\. /);
    expect(readdirSync(folder)).toEqual([]);
    const path = await download();
    writeFileSync(
      path,
      weights.map((byte, i) => (i === 77 ? byte ^ 1 : byte)),
    );
    expect(new Uint8Array(readFileSync(await download()))).toEqual(weights);
    // Small files are in git, with its checksum.
    hub.claims.set('config.json', { oid: '0'.repeat(40) });
    expect((await failureOf(download('config.json'))).message).toContain('its git checksum is ');
  });

  test('can be ended by a signal; what has come is kept', async () => {
    const controller = new AbortController();
    hub.deviation = ({ url }, response) => {
      if (!url?.startsWith('/repos/')) return false;
      response.write(weights.subarray(0, 1234), () => setTimeout(() => controller.abort(new Error('enough')), 50));
      return true;
    };
    const repository = await openRepository('hf:owner/model', [WEIGHTS], { signal: controller.signal, limits: LIMITS });
    await expect(repository.download(WEIGHTS)).rejects.toThrow('enough');
    expect(readFileSync(join(folder, `${WEIGHTS}.part`))).toHaveLength(1234);
  });
});

describe('servers that are not honest', () => {
  const atStorage =
    (answer: (response: import('node:http').ServerResponse) => void): HubServer['deviation'] =>
    ({ url }, response) => {
      if (!url?.startsWith('/repos/')) return false;
      answer(response);
      return true;
    };

  test.each<[string, HubServer['deviation'], RegExp]>([
    ['a body without end', atStorage((r) => void endless(r)), /it has more than the 196460 bytes it should/],
    ['silence', atStorage((r) => r.flushHeaders()), /silent for 0.3 s/],
    ['another part of the file', part('bytes 7-196459/196460'), /sent another part than bytes 100 to 196459/],
    ['a part of another file', part('bytes 100-299/300'), /sent another part/],
    ['a redirect to a file', atStorage((r) => r.writeHead(302, { location: 'file:///etc/passwd' }).end()), /to file:/],
    ['redirects without end', atStorage((r) => r.writeHead(302, { location: '/repos/' }).end()), /more than 5 redir/],
    ['no such file', atStorage((r) => r.writeHead(404).end()), /404 Not Found/],
    ['trouble', atStorage((r) => r.writeHead(503).end()), /503 Service Unavailable.*Try again later/],
  ])('%s', async (_, deviation, reason) => {
    leavePart(weights.subarray(0, 100));
    hub.deviation = deviation;
    const error = await failureOf(download());
    expect(error).toMatchObject({ code: 'ERR_DDPM_MODEL_MISSING', message: expect.stringMatching(reason) });
    expect(error.message).toMatch(/^cannot download diffusion_pytorch_model\.safetensors of hf:owner\/model: [^\n]+$/);
    expect(existsSync(join(folder, WEIGHTS))).toBe(false);
    expect(readFileSync(join(folder, `${WEIGHTS}.part`)).length).toBeLessThanOrEqual(weights.length);
  });

  test('a size beyond the limit is refused before anything is asked for', async () => {
    hub.claims.set(WEIGHTS, { lfs: { oid: '0'.repeat(64), size: 2 ** 40, pointerSize: 1 } });
    await expect(download()).rejects.toMatchObject({ code: 'ERR_DDPM_LIMIT' });
    expect(existsSync(dirname(folder))).toBe(false);
  });

  test.each<[string, object | string, RegExp]>([
    ['no commit', { sha: '../../x' }, /names no commit/],
    ['nothing', 'null', /not that of a hub/],
    ['no JSON', '<html>\u001b[2J', /its answer is no JSON/],
    ['too much', ' '.repeat(5_000_000), /more than 4194304 bytes/],
  ])('about the repository: %s', async (_, answer, reason) => {
    hub.deviation = (__, response) => {
      response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
      return true;
    };
    const { message } = await failureOf(download());
    expect(message).toMatch(reason);
    expect(message).not.toContain('\u001b');
  });

  test.each<[string, object, RegExp]>([
    ['no size', { lfs: { oid: '0'.repeat(64) } }, /gives no size of/],
    ['a size below zero', { lfs: { oid: '0'.repeat(64), size: -1 } }, /gives no size of/],
    ['no checksum', { lfs: { oid: 'x', size: 5 } }, /gives no checksum of/],
    ['a path that nobody asked for', { path: '../x' }, /has no diffusion_pytorch_model\.safetensors/],
  ])('about a file: %s', async (_, claim, reason) => {
    hub.claims.set(WEIGHTS, claim);
    expect((await failureOf(download())).message).toMatch(reason);
  });

  function part(range: string): HubServer['deviation'] {
    return atStorage((response) => response.writeHead(206, { 'content-range': range }).end(new Uint8Array(10)));
  }

  function endless(response: import('node:http').ServerResponse): void {
    const more = (): void => {
      while (!response.destroyed && response.write(new Uint8Array(65_536)));
    };
    response.on('drain', more);
    more();
  }
});
