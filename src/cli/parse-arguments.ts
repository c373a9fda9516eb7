import { InvalidArgumentError } from 'commander';

/** A decimal number, as commander's argument parser; the library checks its range. */
export function parseNumber(text: string): number {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) throw new InvalidArgumentError('It is not a number.');
  return Number(text);
}

/** A number of bytes with an optional suffix k (1000) or M (1000000), e.g. `18.5k`; it must come out whole. */
export function parseByteCount(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([kM]?)$/.exec(text);
  const factor = match?.[2] === 'k' ? 1e3 : match?.[2] === 'M' ? 1e6 : 1;
  // Rounded against the error of the product (4.1 * 1000 is not exactly 4100), not to hide half a byte.
  const bytes = match ? Number((Number(match[1]) * factor).toPrecision(15)) : Number.NaN;
  if (!Number.isSafeInteger(bytes)) {
    throw new InvalidArgumentError('It is not a whole number of bytes; suffixes: k = 1000, M = 1000000.');
  }
  return bytes;
}

/** A number of threads, or `all`, as commander's argument parser. */
export function parseThreads(text: string): number | 'all' {
  if (text === 'all') return text;
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('It is neither all nor an integer from 1 up.');
  return Number(text);
}

const METADATA_KINDS = ['icc', 'exif', 'xmp'] as const;

/** Which metadata to keep: `all`, `none` or a list as `icc,xmp`, as commander's argument parser. */
export function parseMetadata(text: string): 'all' | 'none' | (typeof METADATA_KINDS)[number][] {
  if (text === 'all' || text === 'none') return text;
  const kinds = METADATA_KINDS.filter((kind) => text.split(',').includes(kind));
  if (kinds.length === 0 || kinds.length !== text.split(',').length) {
    throw new InvalidArgumentError('It is neither all, none nor a list of icc, exif, xmp.');
  }
  return kinds;
}
