/** Conditional requests (RFC 9110, section 13). */

/** What a response says of its version. */
export interface Validators {
  /** The header ETag: in quotes, after `W/` if it is weak. */
  readonly etag: string;
  readonly lastModified: Date | undefined;
}

/**
 * What the conditions of a GET or HEAD request make of its response.
 *
 * @returns the status 304 or 412; undefined if the response is to be sent
 */
export function conditionalStatus(headers: Headers, { etag, lastModified }: Validators): 304 | 412 | undefined {
  const match = headers.get('if-match');
  const since = headers.get('if-unmodified-since');
  if (match !== null) {
    if (!lists(match, etag, isSameStrongly)) return 412;
  } else if (since !== null && lastModified && seconds(lastModified) > seconds(new Date(since))) {
    return 412;
  }
  const noneMatch = headers.get('if-none-match');
  if (noneMatch !== null) return lists(noneMatch, etag, isSameWeakly) ? 304 : undefined;
  const modifiedSince = headers.get('if-modified-since');
  const isOld = modifiedSince !== null && lastModified && seconds(lastModified) <= seconds(new Date(modifiedSince));
  return isOld ? 304 : undefined;
}

/** Whether the header If-Range, if there is one, lets a range be sent (RFC 9110, section 13.1.5). */
export function allowsRange(headers: Headers, { etag, lastModified }: Validators): boolean {
  const condition = headers.get('if-range')?.trim();
  if (condition === undefined) return true;
  if (/^(W\/)?"/.test(condition)) return isSameStrongly(condition, etag);
  return lastModified !== undefined && seconds(lastModified) === seconds(new Date(condition));
}

type Comparison = (one: string, other: string) => boolean;

const isSameStrongly: Comparison = (one, other) => one === other && !one.startsWith('W/');
const isSameWeakly: Comparison = (one, other) => one.replace(/^W\//, '') === other.replace(/^W\//, '');

/** Whether a list of ETags has one, or is the asterisk that stands for all. */
function lists(header: string, etag: string, isSame: Comparison): boolean {
  if (header.trim() === '*') return true;
  return (header.match(/(?:W\/)?"[^"]*"/g) ?? []).some((listed) => isSame(listed, etag));
}

/** Time in whole seconds, as the headers have it; NaN of what is no date, which equals and exceeds nothing. */
function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
