/** Serves a web site on 127.0.0.1 for tests in a browser. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
};

/** Headers that enable SharedArrayBuffer, and thus threads in WebAssembly. */
const ISOLATION = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

/** A running site. */
export interface Site {
  /** Ends with a slash. */
  readonly url: string;
  close(): Promise<void>;
}

/** Options of a site. */
export interface SiteOptions {
  /** Cross-origin isolated, so that pages may share memory between threads; default false. */
  readonly isolated?: boolean;
  /** Further headers of every answer, such as a content security policy. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Asked first; true: it answers the request itself. */
  readonly handle?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/**
 * Serves files from memory on a free port.
 *
 * @param files - contents by path without the leading slash; an empty page is served as `index.html` if there is none
 */
export async function serveSite(
  files: Readonly<Record<string, string | Uint8Array>>,
  { isolated = false, headers = {}, handle = () => false }: SiteOptions = {},
): Promise<Site> {
  const server = createServer((request, response) => {
    if (handle(request, response)) return;
    const asked = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname).slice(1);
    const path = asked === '' || asked.endsWith('/') ? `${asked}index.html` : asked;
    const content = Object.hasOwn(files, path) ? files[path] : path === 'index.html' ? '<!doctype html>' : undefined;
    const type = MEDIA_TYPES[extname(path)] ?? 'application/octet-stream';
    response.writeHead(content === undefined ? 404 : 200, {
      'content-type': content === undefined ? 'text/plain' : type,
      ...(isolated ? ISOLATION : {}),
      ...headers,
    });
    response.end(content ?? `no ${path}`);
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
