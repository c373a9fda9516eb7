import { InvalidArgumentError } from 'commander';
import type { Shard } from '../batch/shard.ts';
import type { MetricsAddress } from '../metrics/metrics-server.ts';
import { MAX_THREADS } from '../node/threads/thread-limit.ts';

/**
 * Parser for commander: a decimal number. The library checks its range.
 *
 * @param range - what the option expects, for the message, e.g. `1..9`
 */
export function numberIn(range: string): (text: string) => number {
  return (text) => {
    const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
    if (!Number.isFinite(value)) throw new InvalidArgumentError(`Expected ${range}.`);
    return value;
  };
}

/** Parser for commander: any decimal number. */
export const parseNumber: (text: string) => number = numberIn('a number');

/** Parser for commander: a whole number of bytes with an optional suffix k (1000) or M (1000000), e.g. `18.5k`. */
export function parseByteCount(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([kM]?)$/.exec(text);
  const factor = match?.[2] === 'k' ? 1e3 : match?.[2] === 'M' ? 1e6 : 1;
  // Rounds off the error of the product (4.1 * 1000 is not exactly 4100), but keeps fractions of a byte, which are
  // refused below.
  const bytes = match ? Number((Number(match[1]) * factor).toPrecision(15)) : Number.NaN;
  if (!Number.isSafeInteger(bytes) || bytes < 1) {
    throw new InvalidArgumentError('Expected a whole number of bytes from 1 up; suffixes: k = 1000, M = 1000000.');
  }
  return bytes;
}

/** Parser for commander: width or height in pixels. */
export function parseSide(text: string): number {
  const side = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (side < 1 || side >= 2 ** 31) throw new InvalidArgumentError('Expected an integer 1..2147483647.');
  return side;
}

/** Parser for commander: a number of threads, or `all`. */
export function parseThreads(text: string): number | 'all' {
  if (text === 'all') return text;
  const threads = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (threads < 1 || threads > MAX_THREADS)
    throw new InvalidArgumentError(`Expected all or an integer 1..${MAX_THREADS}.`);
  return threads;
}

/** Parser for commander: a part of several, e.g. `2/8`. */
export function parseShard(text: string): Shard {
  const [index = 0, count = 0] = /^\d{1,6}\/\d{1,6}$/.test(text) ? text.split('/').map(Number) : [];
  if (index < 1 || index > count) throw new InvalidArgumentError('Expected I/N with 1 <= I <= N <= 999999, e.g. 2/8.');
  return { index, count };
}

const MAX_RETRIES = 100;

/** Parser for commander: a number of retries. */
export function parseRetries(text: string): number {
  const retries = /^\d{1,3}$/.test(text) ? Number(text) : MAX_RETRIES + 1;
  if (retries > MAX_RETRIES) throw new InvalidArgumentError(`Expected an integer 0..${MAX_RETRIES}.`);
  return retries;
}

const METADATA_KINDS = ['icc', 'exif', 'xmp'] as const;

/** Parser for commander: which metadata to keep, `all`, `none` or a list such as `icc,xmp`. */
export function parseMetadata(text: string): 'all' | 'none' | (typeof METADATA_KINDS)[number][] {
  if (text === 'all' || text === 'none') return text;
  const kinds = METADATA_KINDS.filter((kind) => text.split(',').includes(kind));
  if (kinds.length === 0 || kinds.length !== text.split(',').length) {
    throw new InvalidArgumentError('Expected all, none or a list of icc,exif,xmp.');
  }
  return kinds;
}

/** Where `--metrics` listens unless a host is given: nothing but this machine can ask. */
const LOCAL_HOST = '127.0.0.1';

/** Parser for commander: `PORT` or `HOST:PORT`, where an IPv6 address is in brackets. */
export function parseMetricsAddress(text: string): MetricsAddress {
  const [, bracketed, plain, digits = ''] = /^(?:(?:\[([\da-fA-F:.]+)\]|([\w.-]+)):)?(\d{1,5})$/.exec(text) ?? [];
  const port = digits === '' ? Number.NaN : Number(digits);
  if (!(port <= 65535)) throw new InvalidArgumentError('Expected PORT or HOST:PORT, e.g. 9464 or 0.0.0.0:9464.');
  return { host: bracketed ?? plain ?? LOCAL_HOST, port };
}
