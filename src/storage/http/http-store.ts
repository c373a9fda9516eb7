import { DdpmError } from '../../base/errors.ts';
import { shownLocation } from '../location.ts';
import { assertReadable, MAX_INPUT_BYTES } from '../read-limit.ts';
import type { Entry, Store } from '../store.ts';
import { HttpStatusError, isTransient } from '../transient.ts';
import { type Answer, bodyOf, failureReason, type RequestLimits, sendRequest } from './http-request.ts';

/** Limits of a store of web servers. */
export interface HttpLimits extends RequestLimits {
  /** Largest input in bytes. */
  readonly maxBytes: number;
}

/** Statuses of servers that give a file and do not answer HEAD, signed URLs among them. */
const NO_HEAD: ReadonlySet<number> = new Set([400, 401, 403, 405, 501]);
/** Statuses of a file that is not there. */
const NOT_THERE: ReadonlySet<number> = new Set([404, 410]);

/** Web servers, which are read and not written. */
export const httpStore: Store = createHttpStore({ maxBytes: MAX_INPUT_BYTES, stallMs: 60_000, retryMs: 500 });

/** Makes a store of web servers. */
export function createHttpStore(limits: HttpLimits): Store {
  return {
    async *list(pattern) {
      const entry = await statOf(pattern, limits);
      if (entry) yield entry;
    },
    stat: (location, signal) => statOf(location, limits, signal),
    read: (location, signal) => partsOf(location, limits, signal),
    write: async (location) => {
      throw notWritable(location);
    },
    assertWritable: async (location) => {
      throw notWritable(location);
    },
  };
}

/** Asks by HEAD, and by a GET whose body is not read where that is not answered. */
async function statOf(location: string, limits: HttpLimits, signal?: AbortSignal): Promise<Entry | undefined> {
  try {
    const head = await headOf(location, 'HEAD', limits, signal);
    const { status, headers } = NO_HEAD.has(head.status) ? await headOf(location, 'GET', limits, signal) : head;
    if (NOT_THERE.has(status)) return undefined;
    assertWhole(status);
    const version = headers.get('etag') ?? headers.get('last-modified') ?? '';
    return { location, size: contentLength(headers) ?? 0, version };
  } catch (cause) {
    throw unreadable(location, cause, signal);
  }
}

async function headOf(
  location: string,
  method: 'HEAD' | 'GET',
  limits: HttpLimits,
  signal: AbortSignal | undefined,
): Promise<Pick<Response, 'status' | 'headers'>> {
  const { response, watch } = await sendRequest(location, { method }, limits, signal);
  watch.end();
  return response;
}

async function* partsOf(
  location: string,
  limits: HttpLimits,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  let answer: Answer | undefined;
  try {
    answer = await sendRequest(location, { method: 'GET' }, limits, signal);
    const { response } = answer;
    assertWhole(response.status);
    assertReadable(location, contentLength(response.headers) ?? 0, limits.maxBytes);
    let bytes = 0;
    for await (const part of bodyOf(answer)) {
      bytes += part.length;
      assertReadable(location, bytes, limits.maxBytes);
      yield part;
    }
  } catch (cause) {
    throw unreadable(location, cause, signal);
  } finally {
    answer?.watch.end();
  }
}

/** The size that headers tell of a body that is sent as it is; undefined if they do not. */
function contentLength(headers: Headers): number | undefined {
  const length = headers.get('content-length');
  return length !== null && /^\d{1,15}$/.test(length) && !headers.has('content-encoding') ? Number(length) : undefined;
}

/** Refuses what is not a whole file. */
function assertWhole(status: number): void {
  if (status !== 200 && status !== 203) throw new HttpStatusError(status);
}

function unreadable(location: string, cause: unknown, signal: AbortSignal | undefined): Error {
  if (signal?.aborted) return signal.reason;
  if (cause instanceof DdpmError || cause instanceof RangeError) return cause;
  const message = `cannot read ${shownLocation(location)}: ${failureReason(cause)}. ${remedyOf(cause)}`;
  return new DdpmError('ERR_DDPM_INPUT', message, { cause });
}

function remedyOf(error: unknown): string {
  if (isTransient(error)) return 'Try again later';
  const status = error instanceof HttpStatusError ? error.status : undefined;
  if (status === 401 || status === 403) return 'Give a URL with the right to read, e.g. https://USER:PASSWORD@HOST/...';
  return 'Check the URL';
}

function notWritable(location: string): DdpmError {
  const why = 'web servers are only read. Write to a path or s3://BUCKET/KEY';
  return new DdpmError('ERR_DDPM_OUTPUT', `cannot write ${shownLocation(location)}: ${why}`);
}
