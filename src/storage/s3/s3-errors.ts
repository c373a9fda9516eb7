import { DdpmError } from '../../base/errors.ts';
import { shownLocation } from '../location.ts';
import { systemReason } from '../system-reason.ts';
import { isTransient } from '../transient.ts';

/** What errors of the SDK have. */
interface ServiceError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** Longest part of a server's message that is shown. */
const MAX_MESSAGE = 200;

/** HTTP status of a failed request; undefined if no answer came. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof Error ? (error as ServiceError).$metadata?.httpStatusCode : undefined;
}

/** What to throw for a failed request: the reason of a signal that aborted it, or an error that says why and what to do. */
export function storageError(
  doing: 'read' | 'list' | 'write',
  location: string,
  cause: unknown,
  signal: AbortSignal | undefined,
): Error {
  if (signal?.aborted) return signal.reason;
  if (cause instanceof DdpmError || cause instanceof RangeError) return cause;
  const code = doing === 'write' ? 'ERR_DDPM_OUTPUT' : 'ERR_DDPM_INPUT';
  return new DdpmError(code, `cannot ${doing} ${shownLocation(location)}: ${explained(cause, doing)}`, { cause });
}

/** Why a request failed, and what to do. */
function explained(error: unknown, doing: string): string {
  const name = error instanceof Error ? error.name : '';
  const status = statusOf(error);
  if (name === 'NoSuchBucket') return 'there is no such bucket. Check its name, the endpoint and the region';
  if (status === 404) return 'there is no such object. Check bucket and key';
  if (status === 401 || status === 403) {
    return `access is denied (${oneLine(name)}). Check the credentials and what they may ${doing}`;
  }
  if (name === 'CredentialsProviderError') {
    return 'there are no credentials. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE';
  }
  const remedy = isTransient(error) ? 'Try again later' : 'Check the endpoint and the region';
  const answered = status === undefined ? systemReason(error) : `${name} (${status}): ${(error as Error).message}`;
  return `${oneLine(answered)}. ${remedy}`;
}

/** A text of a server as part of a line: no control characters, not too long. */
function oneLine(text: string): string {
  const line = text.replace(/[\p{Cc}\s]+/gu, ' ').trim();
  return line.length > MAX_MESSAGE ? `${line.slice(0, MAX_MESSAGE)}…` : line.replace(/\.$/, '');
}
