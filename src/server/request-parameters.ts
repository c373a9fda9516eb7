/** What the query of a URL asks for. */
import { checkChoice, checkNumber } from '../base/check-options.ts';
import type { PictureFormat, Representation } from './negotiate.ts';
import { Problem } from './problem.ts';

/** A part of a file from its beginning: at most one is given. */
export interface PrefixWish {
  /** In bytes. */
  readonly bytes?: number;
  /** In bits a pixel. */
  readonly bpp?: number;
  /** With this PSNR in dB, by the file's index. */
  readonly psnr?: number;
}

/** The parameters of a request. */
export interface RequestParameters {
  /** Undefined for the whole file. */
  readonly prefix: PrefixWish | undefined;
  /** Largest sides in pixels of a picture that is made. */
  readonly maxWidth: number;
  readonly maxHeight: number;
  /** Quality of a picture that is made, 1..100; default: that of its format. */
  readonly quality: number | undefined;
  /** What is to be sent whatever the client accepts; undefined to negotiate. */
  readonly format: Representation | undefined;
}

/** What parameters may ask for. */
export interface ParameterLimits {
  readonly formats: readonly PictureFormat[];
  readonly maxWidth: number;
  readonly maxHeight: number;
  /** The only widths there are; then there is no height. */
  readonly widths: readonly number[] | undefined;
  /** The only qualities there are. */
  readonly qualities: readonly number[] | undefined;
}

const NAMES = ['bytes', 'bpp', 'psnr', 'w', 'h', 'q', 'format'];
const PREFIX_BOUNDS = {
  bytes: { min: 1, max: Number.MAX_SAFE_INTEGER, integer: true },
  bpp: { min: 0, max: 1000 },
  psnr: { min: 0, max: 100 },
} as const;

/**
 * Reads the parameters of a URL. Others than these are left to the caller's page, as for a version in the URL.
 *
 * @throws Problem 400 for what is malformed, repeated, too much, or not on a list
 */
export function requestParameters(query: URLSearchParams, limits: ParameterLimits): RequestParameters {
  try {
    for (const name of NAMES) {
      if (query.getAll(name).length > 1) throw new TypeError(`"${name}" expected once`);
    }
    const side = (name: 'w' | 'h', max: number): number =>
      checkNumber(name, numberIn(query, name), { min: 1, max, integer: true }) ?? max;
    const maxWidth = side('w', limits.maxWidth);
    const maxHeight = side('h', limits.maxHeight);
    const quality = checkNumber('q', numberIn(query, 'q'), { min: 1, max: 100, integer: true });
    if (limits.widths && query.has('w')) checkChoice('w', maxWidth, limits.widths);
    if (limits.widths && query.has('h')) throw new TypeError('"h" expected not to be there: only widths are served');
    if (limits.qualities) checkChoice('q', quality, limits.qualities);
    const formats: readonly Representation[] = ['ddpm', ...limits.formats];
    const format = checkChoice('format', query.get('format') ?? undefined, formats);
    return { prefix: prefixWish(query), maxWidth, maxHeight, quality, format };
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) throw new Problem(400, error.message);
    throw error;
  }
}

function prefixWish(query: URLSearchParams): PrefixWish | undefined {
  const names = (['bytes', 'bpp', 'psnr'] as const).filter((name) => query.has(name));
  if (names.length > 1) throw new TypeError(`"${names[1]}" expected alone, got ${names.join(' and ')}`);
  const [name] = names;
  return name && { [name]: checkNumber(name, numberIn(query, name), PREFIX_BOUNDS[name]) };
}

/** A number in decimal digits; undefined if there is none. */
function numberIn(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^\d{1,15}(\.\d{1,9})?$/.test(text)) {
    throw new TypeError(`"${name}" expected decimal number, got ${JSON.stringify(text.slice(0, 40))}`);
  }
  return Number(text);
}
