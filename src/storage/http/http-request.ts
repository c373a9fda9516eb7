/** Requests to web servers that are not trusted: redirects, time and repetition have limits. */
import { setTimeout as wait } from 'node:timers/promises';
import { anySignal } from '../../base/any-signal.ts';
import { parsedUrl, percentDecoded } from '../location.ts';
import { HttpStatusError, isTransient, isTransientStatus } from '../transient.ts';
import { StallWatch } from './stall-watch.ts';

/** Limits of requests. */
export interface RequestLimits {
  /** Milliseconds for which a server may be silent. */
  readonly stallMs: number;
  /** Milliseconds before the second try, at most; doubled before each further one. */
  readonly retryMs: number;
}

/** An answer whose status came; its body may not have. */
export interface Answer {
  readonly response: Response;
  /** Ends the request when the server stalls, or when that is asked for. */
  readonly watch: StallWatch;
}

/** Redirects that are followed. */
const MAX_REDIRECTS = 5;
/** Times that a request is tried until an answer begins. */
const MAX_TRIES = 3;
/** Longest wait in milliseconds that a server may ask for. */
const MAX_RETRY_MS = 10_000;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** An answer that is refused; the message says why. */
export class RefusedAnswerError extends Error {
  override readonly name = 'RefusedAnswerError';
}

/**
 * Sends a request until an answer begins that no later try would change; follows redirects. User and password of the URL
 * are sent to its own host only.
 *
 * @returns the answer, whatever its status; `watch.end()` must be called
 * @throws RefusedAnswerError for redirects that are not followed, HttpStatusError for a status that did not pass, or what
 *   the network client throws
 */
export async function sendRequest(
  location: string,
  method: 'GET' | 'HEAD',
  { stallMs, retryMs }: RequestLimits,
  signal?: AbortSignal,
): Promise<Answer> {
  for (let tries = 1; ; tries++) {
    const watch = new StallWatch(stallMs);
    let delayMs = retryMs * 2 ** (tries - 1) * (0.5 + Math.random() / 2);
    try {
      const response = await follow(location, method, watch, signal);
      if (!isTransientStatus(response.status)) return { response, watch };
      delayMs = retryAfterMs(response) ?? delayMs;
      throw new HttpStatusError(response.status);
    } catch (error) {
      watch.end();
      if (signal?.aborted || tries === MAX_TRIES || delayMs > MAX_RETRY_MS || !isTransient(error)) throw error;
    }
    await wait(delayMs, undefined, { signal });
  }
}

async function follow(
  location: string,
  method: 'GET' | 'HEAD',
  watch: StallWatch,
  signal: AbortSignal | undefined,
): Promise<Response> {
  let url = parsedUrl(location);
  const { origin } = url;
  const authorization = basicAuthorization(url);
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    url.username = '';
    url.password = '';
    const headers: Record<string, string> = { 'accept-encoding': 'identity' };
    if (authorization !== undefined && url.origin === origin) headers.authorization = authorization;
    const init: RequestInit = { method, headers, redirect: 'manual', signal: anySignal(signal, watch.signal) };
    const response = await watch.wait(fetch(url, init));
    if (!REDIRECTS.has(response.status)) return response;
    await response.body?.cancel();
    url = redirectTarget(response, url);
  }
  throw new RefusedAnswerError(`more than ${MAX_REDIRECTS} redirects`);
}

function redirectTarget({ headers }: Response, from: URL): URL {
  const target = headers.get('location');
  if (target === null || !URL.canParse(target, from.href)) throw new RefusedAnswerError('a redirect leads to no URL');
  const url = new URL(target, from);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && from.protocol === 'http:')) return url;
  throw new RefusedAnswerError(`a redirect leads from ${from.protocol} to ${url.protocol}`);
}

/** The header that sends user and password of a URL; undefined if it has none. */
function basicAuthorization({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  const plain = [username, password].map(percentDecoded).join(':');
  return `Basic ${Buffer.from(plain).toString('base64')}`;
}

/** Milliseconds that a server asks to wait; undefined if it does not. */
function retryAfterMs({ headers }: Response): number | undefined {
  const seconds = headers.get('retry-after');
  return seconds !== null && /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1000 : undefined;
}
