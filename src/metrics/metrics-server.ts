/** The HTTP server at which metrics, and whether the process lives and can work, are read. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, isIPv6 } from 'node:net';
import { DdpmError } from '../base/errors.ts';
import { systemReason } from '../storage/system-reason.ts';

/** Where a server listens. */
export interface MetricsAddress {
  /** Name or IP address; `0.0.0.0` for all of IPv4. */
  readonly host: string;
  /** 0..65535; 0 for any that is free. */
  readonly port: number;
}

/** What a server tells. */
export interface MetricsSource {
  readonly contentType: string;
  /** The text of `/metrics`. */
  read(): Promise<string>;
  /** Answer of `/readyz`. */
  isReady(): boolean;
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly contentType?: string;
}

/** More than a few scrapers are a mistake or an attack; their connections are refused. */
const MAX_CONNECTIONS = 64;
const HEADERS_TIMEOUT_MS = 5000;
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Serves `/metrics`; `/healthz`: 200 as long as the process answers; `/readyz`: 200 or 503. All are read by GET or HEAD.
 *
 * @returns the URL of the metrics, and what ends the server and its connections
 * @throws DdpmError `ERR_DDPM_OUTPUT` if the address cannot be listened on
 */
export async function serveMetrics(
  address: MetricsAddress,
  source: MetricsSource,
): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer({ headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS });
  server.maxConnections = MAX_CONNECTIONS;
  server.on('request', async (request, response) => {
    request.resume(); // a body is nobody's business
    const { status, text, contentType = 'text/plain; charset=utf-8' } = await answer(request, source);
    const length = Buffer.byteLength(text);
    response.writeHead(status, {
      'content-type': contentType,
      'content-length': length,
      'cache-control': 'no-store',
      ...(status === 405 && { allow: 'GET, HEAD' }),
    });
    response.end(request.method === 'HEAD' ? undefined : text);
  });
  await listen(server, address);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${displayAddress({ ...address, port })}/metrics`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer({ method, url = '/' }: IncomingMessage, source: MetricsSource): Promise<Answer> {
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, text: 'only GET and HEAD\n' };
  switch (url.split('?', 1)[0]) {
    case '/metrics':
      try {
        return { status: 200, text: await source.read(), contentType: source.contentType };
      } catch {
        return { status: 500, text: 'the metrics cannot be read\n' };
      }
    case '/healthz':
      return { status: 200, text: 'alive\n' };
    case '/readyz':
      return source.isReady() ? { status: 200, text: 'ready\n' } : { status: 503, text: 'not ready\n' };
    default:
      return { status: 404, text: 'there are /metrics, /healthz and /readyz\n' };
  }
}

async function listen(server: Server, address: MetricsAddress): Promise<void> {
  try {
    server.listen(address.port, address.host);
    await once(server, 'listening');
  } catch (cause) {
    throw new DdpmError(
      'ERR_DDPM_OUTPUT',
      `cannot serve metrics at ${displayAddress(address)}: ${systemReason(cause)}. Give another port or host, or port 0 for a free one`,
      { cause },
    );
  }
}

function displayAddress({ host, port }: MetricsAddress): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}
