/** What the tests of the server share: a running server, raw requests, and decoders that can be watched. */
import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { inspect } from '../../src/coding/inspect.ts';
import { fitInside } from '../../src/image/fit-inside.ts';
import { toNodeListener } from '../../src/server/node-listener.ts';
import type { PictureDecoder } from '../../src/server/picture-maker.ts';

/** Starts a server in Node until the end of the test; returns its URL, without a slash at its end. */
export async function listen(handler: (request: Request) => Promise<Response>): Promise<string> {
  const server = createServer(toNodeListener(handler));
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A response as it came over the socket. */
export interface RawResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Makes a request whose path is sent as it is given, which `fetch` would normalise. */
export function rawRequest(
  url: string,
  path: string,
  { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<RawResponse> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url, { method, path, headers, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => void parts.push(part));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }),
      );
    });
    sent.on('error', reject).end();
  });
}

/** A decoder that gives grey pictures of the right size, when it is let. */
export class WatchedDecoder implements PictureDecoder {
  /** The signals of all calls. */
  readonly signals: AbortSignal[] = [];
  /** The options of all calls, but their signals. */
  readonly options: object[] = [];
  /** The lengths of what was to be decoded. */
  readonly lengths: number[] = [];
  /** Calls that have not ended. */
  running = 0;
  /** The most calls that have run at a time. */
  most = 0;
  #gate: Promise<void> = Promise.resolve();

  /** Lets calls wait; returns what lets them go on. */
  hold(): () => void {
    let open = (): void => {};
    this.#gate = new Promise((resolve) => {
      open = resolve;
    });
    return open;
  }

  decode: PictureDecoder['decode'] = async (bytes, { signal, ...options } = {}) => {
    if (!signal) throw new Error('a signal is expected');
    this.signals.push(signal);
    this.options.push(options);
    this.lengths.push(bytes.length);
    this.most = Math.max(this.most, ++this.running);
    try {
      await new Promise<void>((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
        this.#gate.then(resolve);
      });
      const found = inspect(bytes);
      const { width, height } = fitInside(found, options);
      const data = new Uint8Array(width * height * found.channels).fill(128);
      const info = { width, height, channels: found.channels };
      return { data, info, metadata: {} } as unknown as Awaited<ReturnType<PictureDecoder['decode']>>;
    } finally {
      this.running--;
    }
  };
}
