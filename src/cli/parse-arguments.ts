import { InvalidArgumentError } from 'commander';

/** Parser for commander: a decimal number. The library checks its range. */
export function parseNumber(text: string): number {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) throw new InvalidArgumentError('It is not a number.');
  return Number(text);
}

/** Parser for commander: a whole number of bytes with an optional suffix k (1000) or M (1000000), e.g. `18.5k`. */
export function parseByteCount(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([kM]?)$/.exec(text);
  const factor = match?.[2] === 'k' ? 1e3 : match?.[2] === 'M' ? 1e6 : 1;
  // Rounds off the error of the product (4.1 * 1000 is not exactly 4100), but keeps fractions of a byte, which are
  // refused below.
  const bytes = match ? Number((Number(match[1]) * factor).toPrecision(15)) : Number.NaN;
  if (!Number.isSafeInteger(bytes)) {
    throw new InvalidArgumentError('It is not a whole number of bytes; suffixes: k = 1000, M = 1000000.');
  }
  return bytes;
}

/** Parser for commander: a number of threads, or `all`. */
export function parseThreads(text: string): number | 'all' {
  if (text === 'all') return text;
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('It is neither all nor an integer from 1 up.');
  return Number(text);
}

const METADATA_KINDS = ['icc', 'exif', 'xmp'] as const;

/** Parser for commander: which metadata to keep, `all`, `none` or a list such as `icc,xmp`. */
export function parseMetadata(text: string): 'all' | 'none' | (typeof METADATA_KINDS)[number][] {
  if (text === 'all' || text === 'none') return text;
  const kinds = METADATA_KINDS.filter((kind) => text.split(',').includes(kind));
  if (kinds.length === 0 || kinds.length !== text.split(',').length) {
    throw new InvalidArgumentError('It is neither all, none nor a list of icc, exif, xmp.');
  }
  return kinds;
}
