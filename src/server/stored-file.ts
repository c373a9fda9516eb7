/** The files that a handler serves, wherever they are stored. */
import { createHash } from 'node:crypto';
import { checkBytes, checkNumber, formatValue } from '../base/check-options.ts';
import { concatBytes } from '../base/concat-bytes.ts';
import { DdpmError } from '../base/errors.ts';
import { type ByteSource, untilAborted } from '../coding/decoder/arriving-bytes.ts';

/** What is known of a file besides its bytes. */
interface FileFacts {
  /** When the file was changed, for the header Last-Modified. Default: not said. */
  readonly lastModified?: Date;
  /**
   * Which file this is, among all that share a cache; default: its path. Needed where `open` looks at more of the request
   * than the path, as at the host.
   */
  readonly id?: string;
}

/** A file whose bytes are in memory. */
export interface StoredBytes extends FileFacts {
  /** The `.ddpm` file; must not be changed. */
  readonly bytes: Uint8Array;
  /** Changes whenever the bytes do; with or without the quotes of the header ETag. Default: their SHA-256. */
  readonly etag?: string;
}

/** A file that is read in ranges, as from a disk or an object store. */
export interface StoredRanges extends FileFacts {
  /** Length in bytes. */
  readonly size: number;
  /** Changes whenever the bytes do; with or without the quotes of the header ETag. */
  readonly etag: string;
  /**
   * Reads the bytes from `start` up to, not including, `end`. Called once or twice for a request.
   *
   * @param signal - aborts when the bytes are no longer wanted
   */
  read(start: number, end: number, signal: AbortSignal): ByteSource;
  /** Called once, when nothing more will be read. */
  close?(): Promise<void> | void;
}

/** A file of {@link OpenFile}. */
export type StoredFile = StoredBytes | StoredRanges;

/**
 * Finds the file of a URL in a store and opens it.
 *
 * @param path - from the URL, such as `holidays/photo.ddpm`: plain names with slashes between them, none of which is
 *   empty, begins with a dot, or has a separator or control character in it; the last one ends with `.ddpm`
 * @param request - the request; its `signal` aborts when the client is gone
 * @returns null if there is no such file
 */
export type OpenFile = (path: string, request: Request) => Promise<StoredFile | null> | StoredFile | null;

/** A part of a file: from `start` up to, not including, `end`, in bytes. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** What may stand in the header ETag between its quotes (RFC 9110, section 8.8.3). */
const ETAG = /^[\x21\x23-\x7e]+$/;

/** A file of either kind, checked. It is closed when nobody holds it any more. */
export class ServedFile {
  readonly size: number;
  /** For the header ETag, without quotes. */
  readonly etag: string;
  readonly lastModified: Date | undefined;
  readonly id: string;
  readonly #file: StoredRanges;
  #holders = 0;

  /**
   * @param path - its name in messages
   * @throws TypeError or RangeError if the file is not what it should be
   */
  constructor(file: StoredFile, path: string) {
    this.#file = 'bytes' in file ? rangesOf(file) : file;
    const { size, etag, lastModified, id = path } = this.#file;
    if (checkNumber('size', size, { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true }) === undefined) {
      throw new TypeError(`"size" expected number of bytes of ${path}, got undefined`);
    }
    if (typeof etag !== 'string') throw new TypeError(`"etag" expected string, got ${formatValue(etag)}`);
    this.size = size;
    this.etag = plainEtag(etag);
    this.lastModified = lastModified && !Number.isNaN(lastModified.getTime()) ? lastModified : undefined;
    this.id = id;
  }

  /**
   * Reads a range, of exactly its length.
   *
   * @throws what reading throws; DdpmError `ERR_DDPM_INPUT` if there are more or fewer bytes; the signal's reason
   */
  async *read({ start, end }: ByteRange, signal: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
    if (start === end) return;
    let at = start;
    for await (const part of untilAborted(this.#file.read(start, end, signal), signal)) {
      at += part.length;
      if (at > end) break;
      yield part;
    }
    if (at === end) return;
    const found = at > end ? 'more' : `only ${at - start}`;
    throw new DdpmError('ERR_DDPM_INPUT', `${end - start} bytes were asked of ${this.id}, ${found} came`);
  }

  /** Reads a range into memory. */
  async bytes(range: ByteRange, signal: AbortSignal): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for await (const part of this.read(range, signal)) parts.push(part);
    return concatBytes(...parts);
  }

  /** A body that reads as it is sent, and holds the file until it has been sent, fails or is cancelled. */
  stream(range: ByteRange, signal: AbortSignal): ReadableStream<Uint8Array> {
    const release = this.hold();
    const parts = this.read(range, signal);
    const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
      try {
        const { done, value } = await parts.next();
        if (!done) return controller.enqueue(value);
        controller.close();
      } catch (error) {
        controller.error(error);
      }
      await release();
    };
    const cancel = async (): Promise<void> => {
      await parts.return();
      await release();
    };
    signal.addEventListener('abort', release, { once: true }); // also where nothing reads the body
    return new ReadableStream({ pull, cancel }, { highWaterMark: 0 });
  }

  /**
   * Keeps the file open.
   *
   * @returns what ends this; the first call counts, and the last holder's closes the file. Does not reject
   */
  hold(): () => Promise<void> {
    let isHeld = true;
    this.#holders++;
    return async () => {
      if (!isHeld) return;
      isHeld = false;
      if (--this.#holders > 0) return;
      try {
        await this.#file.close?.();
      } catch {} // nothing depends on it
    };
  }
}

function rangesOf({ bytes, etag, ...facts }: StoredBytes): StoredRanges {
  checkBytes('bytes', bytes);
  return {
    ...facts,
    size: bytes.length,
    etag: etag ?? hashOf(bytes),
    async *read(start, end) {
      yield bytes.subarray(start, end);
    },
  };
}

/** An ETag without its quotes; another string for what could not stand between them, weak ones among them. */
function plainEtag(etag: string): string {
  const plain = etag.replace(/^"(.*)"$/, '$1');
  return ETAG.test(plain) ? plain : hashOf(new TextEncoder().encode(etag));
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64url');
}
