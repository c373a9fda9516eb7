/**
 * A server with the endpoints of the hub that are used: `api/models/ID/revision/R`, `paths-info`, and `resolve`, which leads to
 * another server, as the hub does with what is in large file storage.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** The commit of the only revision that the server has. */
export const COMMIT = 'c0ffee0123456789c0ffee0123456789c0ffee01';
/** The token without which the repository `owner/gated` is refused. */
export const TOKEN = 'hf_SecretOfTheTests';

/** What is done in place of the answer that a true hub gives; false: give that one. */
export type Deviation = (request: IncomingMessage, response: ServerResponse) => boolean;

/** A hub of one repository's files, under any name. */
export interface HubServer {
  readonly endpoint: string;
  /** Files by path; those of more than 1000 bytes are in large file storage. */
  readonly files: Map<string, Uint8Array>;
  /** `METHOD /path` of what was asked, with range and authorization, in order; of both servers. */
  readonly log: string[];
  /** What `paths-info` says of files in place of the truth, by path. */
  readonly claims: Map<string, object>;
  deviation: Deviation;
}

/** Starts a hub; ends with the test. */
export async function startHub(files: ReadonlyMap<string, Uint8Array>): Promise<HubServer> {
  const hub = { files: new Map(files), log: [] as string[], claims: new Map<string, object>(), endpoint: '' };
  const state: HubServer = { ...hub, deviation: () => false };
  const listen = (answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> =>
    started((request, response) => {
      const { authorization, range } = request.headers;
      state.log.push([request.method, request.url, range, authorization].filter(Boolean).join(' '));
      if (!state.deviation(request, response)) answer(request, response);
    });
  const storage = await listen((request, response) => sendFile(state.files, request, response));
  const endpoint = await listen((request, response) => void answerAsHub(state, storage, request, response));
  return Object.assign(state, { endpoint });
}

async function started(listener: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function answerAsHub(
  { files, claims }: HubServer,
  storage: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '', 'http://hub');
  const send = (status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const isGated = url.pathname.includes('owner/gated');
  if (isGated && request.headers.authorization !== `Bearer ${TOKEN}`) {
    return send(401, { error: 'Access to model owner/gated is restricted.\u001b[2J' });
  }
  const [, revision] = /^\/api\/models\/owner\/\w+\/revision\/([^/]+)$/.exec(url.pathname) ?? [];
  if (revision !== undefined) {
    if (!['main', COMMIT].includes(decodeURIComponent(revision))) return send(404, { error: 'Invalid rev id' });
    return send(200, { _id: '1', id: 'owner/model', sha: COMMIT, lastModified: '2022-01-01T00:00:00Z' });
  }
  if (url.pathname.startsWith('/api/') && url.pathname.endsWith(`/paths-info/${COMMIT}`)) {
    const { paths } = JSON.parse(await textOf(request)) as { paths: string[] };
    const there = paths.filter((path) => files.has(path));
    return send(
      200,
      there.map((path) => ({ ...describe(path, files.get(path) as Uint8Array), ...claims.get(path) })),
    );
  }
  const [, path] = new RegExp(`^/owner/\\w+/resolve/${COMMIT}/(.+)$`).exec(url.pathname) ?? [];
  const file = path === undefined ? undefined : files.get(path);
  if (path === undefined || file === undefined) return send(404, { error: 'Entry not found' });
  const { lfs } = describe(path, file);
  if (lfs === undefined) return sendFile(files, request, response);
  response
    .writeHead(302, { location: `${storage}/repos/${path}?signature=abc`, 'x-linked-etag': `"${lfs.oid}"` })
    .end();
}

function describe(path: string, bytes: Uint8Array): { type: string; oid: string; lfs?: { oid: string } } {
  const blob = createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
  const facts = { type: 'file', path, size: bytes.length };
  if (bytes.length <= 1000) return { ...facts, oid: blob };
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return {
    ...facts,
    oid: 'f'.repeat(40),
    lfs: { oid: sha256, size: bytes.length, pointerSize: 134 } as { oid: string },
  };
}

function sendFile(files: ReadonlyMap<string, Uint8Array>, request: IncomingMessage, response: ServerResponse): void {
  const { pathname } = new URL(request.url ?? '', 'http://hub');
  const path = [...files.keys()].sort((a, b) => b.length - a.length).find((name) => pathname.endsWith(`/${name}`));
  const bytes = files.get(path ?? '') as Uint8Array;
  const [, start] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
  if (start === undefined) {
    response.setHeader('content-length', bytes.length).end(bytes);
    return;
  }
  const range = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
  response.writeHead(206, { 'content-range': range }).end(bytes.subarray(Number(start)));
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}
