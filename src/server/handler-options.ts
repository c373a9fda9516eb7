/** Options of `createHandler`. */
import { availableParallelism } from 'node:os';
import { checkChoice, checkKeys, checkNumber, formatValue } from '../base/check-options.ts';
import { folderSource } from './folder-source.ts';
import type { PictureCache } from './memory-cache.ts';
import { PICTURE_FORMATS, type PictureFormat } from './negotiate.ts';
import type { PictureDecoder, PictureLimits } from './picture-maker.ts';
import type { ParameterLimits } from './request-parameters.ts';
import type { OpenFile } from './stored-file.ts';

/** Options of `createHandler`; one of `root` and `open` must be given. */
export interface HandlerOptions {
  /** Path or `file:` URL of the folder whose `.ddpm` files are served. Hidden files are not, nor links out of it. */
  readonly root?: string | URL;
  /** Opens files that are stored elsewhere. */
  readonly open?: OpenFile;
  /** Beginning of the URLs' paths that is no part of the path of the file, such as `/photos`. Default: none. */
  readonly prefix?: string;
  /** Decodes for clients without the codec. Default: one of `createCodec`, started by the first picture that is made. */
  readonly codec?: PictureDecoder;
  /** Formats of pictures that are made, best first; default `avif`, `webp`, `jpeg`, `png`. Empty: only files are served. */
  readonly formats?: readonly PictureFormat[];
  /** Largest sides in pixels of pictures that are made, 1..16383; default 2048. */
  readonly maxWidth?: number;
  readonly maxHeight?: number;
  /** The only widths in pixels that can be asked for, each 1..`maxWidth`; default: all. */
  readonly widths?: readonly number[];
  /** The only qualities that can be asked for, each 1..100; default: all. */
  readonly qualities?: readonly number[];
  /** Largest size in bytes of a file that is decoded; default 64e6. */
  readonly limitBytes?: number;
  /** Largest number of pixels of a picture that is decoded, whatever its reduced size; default 50e6. */
  readonly limitInputPixels?: number;
  /** Limit in bytes of the memory of one picture, as in `decode`; default 2e9. */
  readonly limitMemory?: number;
  /** Seconds from the request to the picture, waiting included, 0.001..2147483; default 30. */
  readonly timeout?: number;
  /** Number of pictures that are made at a time, 1..1024; default: the number of cores. */
  readonly concurrency?: number;
  /** Number of pictures that wait for that, 0 or more; requests for more get the status 503. Default 64. */
  readonly queue?: number;
  /** Where pictures are kept that were made. Default: nowhere. */
  readonly cache?: PictureCache;
  /** The header Cache-Control of files and pictures; default `public, no-cache`: kept, and asked for again each time. */
  readonly cacheControl?: string;
  /** The origin whose pages may read files, or an asterisk for all; default: none but the server's own. */
  readonly cors?: string;
  /**
   * Called with errors that are the server's or a file's, not the client's: of damaged files, of the cache, and what the client
   * sees as the status 500.
   */
  readonly onError?: (error: unknown, request: Request) => void;
}

/** Checked options. */
export interface HandlerSettings extends ParameterLimits, PictureLimits {
  readonly open: OpenFile;
  readonly prefix: string;
  readonly codec: PictureDecoder | undefined;
  readonly cacheControl: string;
  readonly cors: string | undefined;
  readonly onError: (error: unknown, request: Request) => void;
}

const KEYS = ['root', 'open', 'prefix', 'codec', 'formats', 'maxWidth', 'maxHeight', 'widths', 'qualities'];
const MORE_KEYS = ['limitBytes', 'limitInputPixels', 'limitMemory', 'timeout', 'concurrency', 'queue'];
const OTHER_KEYS = ['cache', 'cacheControl', 'cors', 'onError'];

/** Largest side that all formats hold. */
const LARGEST_SIDE = 16_383;
const DEFAULT_SIDE = 2048;
/** Longest time of a timer in whole seconds. */
const MAX_SECONDS = 2_147_483;
/** A value of a header: visible characters of ASCII and blanks. */
const HEADER_VALUE = /^[\x20-\x7e]+$/;

/** @throws TypeError or RangeError for a wrong option */
export function handlerSettings(options: HandlerOptions): HandlerSettings {
  checkKeys(options, [...KEYS, ...MORE_KEYS, ...OTHER_KEYS]);
  const {
    root,
    open,
    prefix = '',
    codec,
    cache,
    cacheControl = 'public, no-cache',
    cors,
    onError = () => {},
  } = options;
  if ((root === undefined) === (open === undefined)) throw new TypeError('"options" expected one of root and open');
  checkFunction('open', open);
  checkFunction('onError', onError);
  checkMethods('codec', codec, ['decode']);
  checkMethods('cache', cache, ['get', 'set']);
  if (typeof prefix !== 'string' || !/^((\/[^/]+)*)$/.test(prefix)) {
    throw new TypeError(`"prefix" expected path such as /photos, got ${formatValue(prefix)}`);
  }
  for (const [name, value] of Object.entries({ cacheControl, cors })) {
    if (value === undefined || (typeof value === 'string' && HEADER_VALUE.test(value))) continue;
    throw new TypeError(`"${name}" expected value of a header, got ${formatValue(value)}`);
  }
  const maxWidth = numberOr('maxWidth', options.maxWidth, DEFAULT_SIDE, { min: 1, max: LARGEST_SIDE });
  return {
    open: open ?? folderSource(root as string | URL),
    prefix,
    codec,
    cache,
    cacheControl,
    cors,
    onError,
    formats: checkedFormats(options.formats ?? PICTURE_FORMATS),
    maxWidth,
    maxHeight: numberOr('maxHeight', options.maxHeight, DEFAULT_SIDE, { min: 1, max: LARGEST_SIDE }),
    widths: checkedList('widths', options.widths, maxWidth),
    qualities: checkedList('qualities', options.qualities, 100),
    limitBytes: numberOr('limitBytes', options.limitBytes, 64e6, { min: 1, max: Number.MAX_SAFE_INTEGER }),
    limitInputPixels: numberOr('limitInputPixels', options.limitInputPixels, 50e6, {
      min: 1,
      max: Number.MAX_SAFE_INTEGER,
    }),
    limitMemory: numberOr('limitMemory', options.limitMemory, 2e9, { min: 1, max: Number.MAX_SAFE_INTEGER }),
    timeout: checkNumber('timeout', options.timeout, { min: 0.001, max: MAX_SECONDS }) ?? 30,
    concurrency: numberOr('concurrency', options.concurrency, availableParallelism(), { min: 1, max: 1024 }),
    queue: numberOr('queue', options.queue, 64, { min: 0, max: Number.MAX_SAFE_INTEGER }),
  };
}

function numberOr(name: string, value: unknown, byDefault: number, bounds: { min: number; max: number }): number {
  return checkNumber(name, value, { ...bounds, integer: true }) ?? byDefault;
}

function checkFunction(name: string, value: unknown): void {
  if (value === undefined || typeof value === 'function') return;
  throw new TypeError(`"${name}" expected function, got ${formatValue(value)}`);
}

function checkMethods(name: string, value: unknown, methods: readonly string[]): void {
  if (value === undefined) return;
  const found = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (methods.every((method) => typeof found[method] === 'function')) return;
  throw new TypeError(`"${name}" expected object with ${methods.join(' and ')}, got ${formatValue(value)}`);
}

function checkedFormats(formats: readonly PictureFormat[]): readonly PictureFormat[] {
  if (!Array.isArray(formats)) throw new TypeError(`"formats" expected list, got ${formatValue(formats)}`);
  for (const format of formats) {
    if (checkChoice('formats', format, PICTURE_FORMATS) === undefined) {
      throw new TypeError('"formats" expected names of formats, got undefined');
    }
  }
  return [...formats];
}

function checkedList(name: string, list: readonly number[] | undefined, max: number): readonly number[] | undefined {
  if (list === undefined) return undefined;
  if (!Array.isArray(list) || list.length === 0) {
    throw new TypeError(`"${name}" expected list of one or more numbers, got ${formatValue(list)}`);
  }
  for (const value of list) checkNumber(name, value ?? null, { min: 1, max, integer: true });
  return [...list];
}
