/** A web-standard handler in Node's servers, and in frameworks that are made on them. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';

/** A listener of Node's event `request`. */
export type NodeListener = (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>;

/**
 * Makes a listener for `http.createServer` and Express of a handler that reads no body of a request. The signal of the request
 * aborts when the client goes before the response has ended; a body is read as fast as it is sent. The listener does not
 * reject; where the handler does, it answers with the status 500.
 */
export function toNodeListener(handler: (request: Request) => Promise<Response>): NodeListener {
  /** A request's own signal follows ours only as long as the request is referenced. */
  const open = new Set<Request>();
  return async (incoming, outgoing) => {
    const controller = new AbortController();
    let request: Request;
    try {
      request = requestOf(incoming, controller.signal);
    } catch {
      outgoing.writeHead(400, { 'Content-Type': 'text/plain; charset=utf-8' }).end('the request is malformed\n');
      return;
    }
    open.add(request);
    outgoing.once('close', () => {
      open.delete(request);
      if (!outgoing.writableFinished) controller.abort(new DOMException('the client has gone', 'AbortError'));
    });
    try {
      await send(await handler(request), outgoing);
    } catch {
      if (outgoing.headersSent) outgoing.destroy();
      else outgoing.writeHead(500).end();
    }
  };
}

/** @throws TypeError for a method, URL or header that a Request cannot have */
function requestOf(incoming: IncomingMessage, signal: AbortSignal): Request {
  const { method = 'GET', url = '/', headers } = incoming;
  // Only the path counts for a file. Of an absolute URL, as proxies get it, all is taken.
  const address = url.startsWith('/') ? `http://${hostOf(headers.host)}${url}` : url;
  const given = Object.entries(headers).filter(([name]) => !name.startsWith(':')); // pseudo-headers of HTTP/2
  const pairs = given.flatMap(([name, value = '']) => [value].flat().map((one): [string, string] => [name, one]));
  return new Request(address, { method, headers: pairs, signal });
}

/** The header Host, if a URL can have it. */
function hostOf(host: string | undefined): string {
  return host !== undefined && /^[\w.-]+(:\d+)?$|^\[[\da-f:.]+\](:\d+)?$/i.test(host) ? host : 'localhost';
}

async function send(response: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  if (response.body) await pipeline(response.body, outgoing);
  else outgoing.end();
}
