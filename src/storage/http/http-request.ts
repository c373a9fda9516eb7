/** Requests to web servers that are not trusted: redirects, time and repetition have limits. */
import { STATUS_CODES } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { anySignal } from '../../base/any-signal.ts';
import { parsedUrl, percentDecoded } from '../location.ts';
import { systemReason } from '../system-reason.ts';
import { HttpStatusError, isTransient, isTransientStatus } from '../transient.ts';
import { StallWatch } from './stall-watch.ts';

/** Limits of requests. */
export interface RequestLimits {
  /** Milliseconds for which a server may be silent. */
  readonly stallMs: number;
  /** Milliseconds before the second try, at most; doubled before each further one. */
  readonly retryMs: number;
}

/** What is asked of a server. */
export interface WebRequest {
  readonly method: 'GET' | 'HEAD' | 'POST';
  /** Sent to every host that a redirect leads to. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Header that lets someone in; sent to the host of the location only. Default: user and password of the location. */
  readonly authorization?: string;
  readonly body?: string;
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
 * Sends a request until an answer begins that no later try would change; follows redirects, with the same method.
 *
 * @returns the answer, whatever its status; `watch.end()` must be called
 * @throws RefusedAnswerError for redirects that are not followed, HttpStatusError for a status that did not pass, or what
 *   the network client throws
 */
export async function sendRequest(
  location: string,
  request: WebRequest,
  { stallMs, retryMs }: RequestLimits,
  signal?: AbortSignal,
): Promise<Answer> {
  for (let tries = 1; ; tries++) {
    const watch = new StallWatch(stallMs);
    let delayMs = retryMs * 2 ** (tries - 1) * (0.5 + Math.random() / 2);
    try {
      const response = await follow(location, request, watch, signal);
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

/** Yields the parts of a body as they come, until its end or until the server stalls. */
export async function* bodyOf({ response, watch }: Answer): AsyncGenerator<Uint8Array, void, void> {
  const reader = response.body?.getReader();
  while (reader) {
    const { done, value } = await watch.wait(reader.read());
    if (done) return;
    watch.received(value.length);
    yield value;
  }
}

/** Why a request failed, in a few words. */
export function failureReason(error: unknown): string {
  if (error instanceof HttpStatusError) {
    return `the server answered ${error.status} ${STATUS_CODES[error.status] ?? ''}`.trim();
  }
  if (error instanceof RefusedAnswerError) return error.message;
  // The network client says `fetch failed` and has the reason as the cause.
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return systemReason(inner);
}

async function follow(
  location: string,
  { method, headers: given, authorization: ownAuthorization, body }: WebRequest,
  watch: StallWatch,
  signal: AbortSignal | undefined,
): Promise<Response> {
  let url = parsedUrl(location);
  const { origin } = url;
  const authorization = ownAuthorization ?? basicAuthorization(url);
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    url.username = '';
    url.password = '';
    const headers: Record<string, string> = { ...given, 'accept-encoding': 'identity' };
    if (authorization !== undefined && url.origin === origin) headers.authorization = authorization;
    const init: RequestInit = { method, headers, redirect: 'manual', signal: anySignal(signal, watch.signal) };
    if (body !== undefined) init.body = body;
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
