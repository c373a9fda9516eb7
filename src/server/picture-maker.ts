/** Makes pictures in the formats of other codecs for clients without ours. */
import { createHash } from 'node:crypto';
import { FORMAT_MODEL } from '../codec/format/default-model.ts';
import type { DecodeOptions } from '../coding/decoder/decode-options.ts';
import type { Decoded } from '../coding/decoder/decoder.ts';
import { writeImage } from '../image/files/write-image.ts';
import type { Channels } from '../image/raw-image.ts';
import { version } from '../node/package-version.ts';
import type { PictureCache } from './memory-cache.ts';
import { PICTURE_FORMATS, type PictureFormat } from './negotiate.ts';
import { Problem } from './problem.ts';
import { SharedWork } from './shared-work.ts';
import type { ServedFile } from './stored-file.ts';
import { WorkQueue } from './work-queue.ts';

/** What makes pixels of files; `createCodec` gives one. */
export interface PictureDecoder {
  /** As the function `decode`. */
  decode(bytes: Uint8Array, options?: DecodeOptions): Promise<Decoded>;
}

/** What pictures may take. */
export interface PictureLimits {
  /** Largest number of bytes of a file that is decoded. */
  readonly limitBytes: number;
  readonly limitInputPixels: number;
  /** In bytes, by estimate, of one picture. */
  readonly limitMemory: number;
  /** Seconds from the request to the picture. */
  readonly timeout: number;
  /** Pictures that are made at a time. */
  readonly concurrency: number;
  /** Pictures that wait. */
  readonly queue: number;
  /** Where pictures are kept. */
  readonly cache: PictureCache | undefined;
}

/** What is made of a file. */
export interface PictureWish {
  /** Length in bytes of the part of the file that is decoded. */
  readonly length: number;
  /** Largest sides in pixels. */
  readonly maxWidth: number;
  readonly maxHeight: number;
  /** 1..100; default: that of the format. */
  readonly quality: number | undefined;
  /** The formats that the client takes, best first, one or more. */
  readonly formats: readonly PictureFormat[];
}

/** A picture file. */
export interface MadePicture {
  readonly bytes: Uint8Array;
  readonly format: PictureFormat;
}

/** Qualities at which the losses of the formats are about equal to the eye. */
const QUALITY: { readonly [format in PictureFormat]?: number } = { avif: 60, webp: 80, jpeg: 80 };

/** Of 768x512 pixels, files are as large as with the default of 4 (by 1 %), in an eighth of the time (record). */
const AVIF_EFFORT = 2;

/**
 * Picture files that are written at a time: half of Node's threads for such work (libuv), so that the others go on reading
 * files.
 */
const WRITERS = Math.max(1, Math.floor((Number(process.env.UV_THREADPOOL_SIZE) || 4) / 2));

/** Seconds after which a client may ask again. */
const RETRY_AFTER = '2';

/** Whether a format holds any picture that is not too large for it. */
const holdsAll = (format: PictureFormat): boolean => format !== 'jpeg';

/** See the head of this file. */
export class PictureMaker {
  readonly #decoder: () => Promise<PictureDecoder>;
  readonly #limits: PictureLimits;
  readonly #onCacheError: (error: unknown, request: Request) => void;
  readonly #shared: SharedWork<MadePicture> = new SharedWork();
  readonly #queue: WorkQueue;
  readonly #writers: WorkQueue;

  /** @param decoder - called for every picture */
  constructor(
    decoder: () => Promise<PictureDecoder>,
    limits: PictureLimits,
    onCacheError: (error: unknown, request: Request) => void,
  ) {
    this.#decoder = decoder;
    this.#limits = limits;
    this.#onCacheError = onCacheError;
    const refuse = (): Problem =>
      new Problem(503, 'too many pictures are being made; ask again later', { 'Retry-After': RETRY_AFTER });
    this.#queue = new WorkQueue(limits.concurrency, limits.queue, refuse);
    this.#writers = new WorkQueue(WRITERS, Number.POSITIVE_INFINITY, refuse);
  }

  /**
   * Makes a picture, or takes it from the cache or from another request that is making it. Holds the file as long as it is
   * needed, which can be longer than this request lasts.
   *
   * @param key - of {@link pictureKey}
   * @throws Problem 406 if the client's formats cannot hold the picture, 503 if too much is waiting, 504 after the timeout;
   *   what reading, decoding and writing throw; the reason of the request's signal
   */
  picture(file: ServedFile, wish: PictureWish, key: string, request: Request): Promise<MadePicture> {
    return this.#shared.run(key, request.signal, async (signal) => {
      const release = file.hold();
      try {
        return await withTimeout(this.#limits.timeout, signal, async (limited) => {
          const found = await this.#find(key, request);
          if (found) return found;
          const made = await this.#queue.run(() => this.#make(file, wish, limited), limited);
          this.#keep(key, made, request);
          return made;
        });
      } finally {
        await release();
      }
    });
  }

  /** Looks into the cache. */
  async #find(key: string, request: Request): Promise<MadePicture | undefined> {
    try {
      const bytes = await this.#limits.cache?.get(key);
      const format = bytes ? formatOf(bytes) : undefined;
      return bytes && format ? { bytes, format } : undefined;
    } catch (error) {
      this.#onCacheError(error, request);
      return undefined;
    }
  }

  /** Hands a picture to the cache, and does not wait for it. */
  #keep(key: string, { bytes }: MadePicture, request: Request): void {
    const set = async (): Promise<unknown> => this.#limits.cache?.set(key, bytes);
    set().catch((error: unknown) => this.#onCacheError(error, request));
  }

  async #make(file: ServedFile, wish: PictureWish, signal: AbortSignal): Promise<MadePicture> {
    const { limitBytes, limitInputPixels, limitMemory } = this.#limits;
    const { length, maxWidth, maxHeight, quality } = wish;
    if (length > limitBytes) {
      throw new Problem(422, `the file has ${length} bytes, and no more than ${limitBytes} are decoded`);
    }
    const bytes = await file.bytes({ start: 0, end: length }, signal);
    const decoder = await this.#decoder();
    const options = { maxWidth, maxHeight, limitInputPixels, limitMemory, signal };
    const { data, info, metadata } = await decoder.decode(bytes, options);
    const { width, height, channels } = info;
    const format = formatFor(channels, wish.formats);
    const image = { data, width, height, channels, metadata };
    const settings = { quality: quality ?? QUALITY[format], avifEffort: AVIF_EFFORT };
    return { bytes: await this.#writers.run(() => writeImage(image, format, settings), signal), format };
  }
}

/**
 * A name for a picture: different for what could be different.
 *
 * @returns 43 letters, digits, `-` and `_`
 */
export function pictureKey(file: ServedFile, { length, maxWidth, maxHeight, quality, formats }: PictureWish): string {
  const sure = formats.slice(0, 1 + formats.findIndex(holdsAll));
  const parts = [file.id, file.etag, length, maxWidth, maxHeight, quality ?? '', sure.length > 0 ? sure : formats];
  const text = JSON.stringify([...parts, FORMAT_MODEL.id, version]);
  return createHash('sha256').update(text).digest('base64url');
}

/** @throws Problem 406 if there is none */
function formatFor(channels: Channels, formats: readonly PictureFormat[]): PictureFormat {
  const found = formats.find((format) => channels % 2 === 1 || holdsAll(format));
  if (found) return found;
  throw new Problem(406, 'the picture has an alpha channel, which none of the accepted formats can hold');
}

/** The format of a picture file by its first bytes; undefined if it is another one, as of a broken cache. */
function formatOf(bytes: Uint8Array): PictureFormat | undefined {
  const begins = String.fromCharCode(...bytes.subarray(0, 12));
  const marks: Readonly<Record<PictureFormat, RegExp>> = {
    avif: /^.{4}ftypavif/s,
    webp: /^RIFF.{4}WEBP/s,
    jpeg: /^\xff\xd8\xff/,
    png: /^\x89PNG\r\n/,
  };
  return PICTURE_FORMATS.find((format) => marks[format].test(begins));
}

/**
 * Runs work with a signal that also aborts after a time, then with a Problem 504. Does not wait for work that goes on after
 * the signal, as a picture that is being written does.
 *
 * @param seconds - up to 2147483
 */
async function withTimeout<T>(
  seconds: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const ended = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason), { once: true });
  });
  const abort = (): void => controller.abort(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  const expire = (): void => controller.abort(new Problem(504, `the picture was not made within ${seconds} s`));
  const timer = setTimeout(expire, seconds * 1000);
  try {
    return await Promise.race([ended, work(controller.signal)]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}
