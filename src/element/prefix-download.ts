/**
 * The first bytes of a file over HTTP: as many as are wanted, by Range requests. A server without ranges is read up to there
 * and then cut off.
 */
import { DdpmError } from '../base/errors.ts';
import { GrowingBytes } from '../codec/format/growing-bytes.ts';

/** What is asked for: a server that negotiates gives the stream itself, and no picture made of it. */
const ACCEPT = 'image/x-ddpm, */*;q=0.1';

/** A rest of a response that is read although it is not wanted, in bytes: to hang up would cost a new connection. */
const CHEAP_REST = 16_384;

/** The file is another one than that whose first bytes are here. */
export class FileChangedError extends Error {
  override readonly name = 'FileChangedError';
}

/** Who uses a download. */
export interface DownloadListener {
  /** Further bytes are there. May call `want` and `stop`. */
  onBytes(chunk: Uint8Array): void;
  /** What was wanted is there, or the whole file. */
  onSettled(): void;
  /** No more bytes will come: DdpmError `ERR_DDPM_INPUT`, or {@link FileChangedError}. */
  onError(error: Error): void;
}

/** What identifies a version of a file. */
interface Version {
  readonly etag: string | null;
  readonly modified: string | null;
  /** Length of the file in bytes; undefined if the server does not say it. */
  readonly total: number | undefined;
}

/** What a response brings. */
interface Part {
  readonly version: Version;
  /** Whether it is the whole file, of a server without ranges. */
  readonly isWhole: boolean;
  /** Offsets of its first byte, and after its last one. */
  readonly from: number;
  readonly end: number;
  readonly body: ReadableStream<Uint8Array>;
}

/** The prefix of a file that is here, and how to get more of it. */
export class PrefixDownload {
  readonly url: string;
  readonly #listener: DownloadListener;
  readonly #store: GrowingBytes = new GrowingBytes(new Uint8Array(0));
  #wanted = 0;
  #version: Version | undefined;
  #ended = false;
  #running: AbortController | undefined;

  /** @param url - absolute */
  constructor(url: string, listener: DownloadListener) {
    this.url = url;
    this.#listener = listener;
  }

  /** Number of bytes that are here. */
  get length(): number {
    return this.#store.length;
  }

  /** Whether all that is wanted is here, or the whole file is. */
  get isSettled(): boolean {
    return this.#ended || this.length >= this.#wanted;
  }

  /** A copy of the bytes from one offset to another. */
  slice(from: number, to: number): Uint8Array<ArrayBuffer> {
    return this.#store.bytes.slice(from, Math.min(to, this.length)) as Uint8Array<ArrayBuffer>;
  }

  /** Sets the number of bytes that are wanted from the beginning of the file, Infinity for all, and gets them. */
  want(bytes: number): void {
    this.#wanted = bytes;
    if (this.#running || this.isSettled) return;
    const control = new AbortController();
    this.#running = control;
    void this.#run(control);
  }

  /** Ends the request in progress. `want` goes on from the bytes that are here. */
  stop(): void {
    this.#running?.abort();
    this.#running = undefined;
  }

  async #run(control: AbortController): Promise<void> {
    try {
      while (!this.isSettled && this.#running === control) await this.#request(control);
      if (this.#running !== control) return;
      this.#running = undefined;
      this.#listener.onSettled();
    } catch (error) {
      if (this.#running !== control) return; // stopped
      this.#running = undefined;
      control.abort();
      this.#listener.onError(this.#failure(error));
    }
  }

  /** Requests what is missing and takes it in. */
  async #request(control: AbortController): Promise<void> {
    const asked = this.#wanted;
    const before = this.length;
    const rest = new AbortController();
    const part = await this.#open(AbortSignal.any([control.signal, rest.signal]));
    if (part === 'no more') {
      this.#ended = true;
      return;
    }
    const { version, isWhole } = part;
    if (this.#version && isOther(this.#version, version)) throw this.#changed();
    this.#version ??= version;
    if (!(await this.#take(part, control))) {
      rest.abort(); // a reader that is cancelled does not always end the request
      return;
    }
    const { total } = version;
    this.#ended = isWhole || (total === undefined ? this.length < asked : this.length >= total);
    if (this.length === before && !this.#ended) throw new Error('the response has no bytes');
  }

  /**
   * Reads a response as far as it is wanted.
   *
   * @returns whether it was read to its end
   */
  async #take({ body, from, end }: Part, control: AbortController): Promise<boolean> {
    const reader = body.getReader();
    try {
      for (let at = from; ; ) {
        const { done, value } = await reader.read();
        if (done || this.#running !== control) return done;
        this.#append(value, at);
        at += value.length;
        if (this.#running !== control || (this.length >= this.#wanted && end - at > CHEAP_REST)) return false;
      }
    } finally {
      reader.cancel().catch(() => {}); // where it has failed, the error is that of read()
    }
  }

  /** Appends what is new of a chunk that begins at offset `at`; the rest must be as it was. */
  #append(chunk: Uint8Array, at: number): void {
    const known = Math.min(Math.max(this.length - at, 0), chunk.length);
    const before = this.#store.bytes.subarray(at, at + known);
    if (before.some((byte, i) => byte !== chunk[i])) throw this.#changed();
    if (known === chunk.length) return;
    const fresh = chunk.subarray(known);
    this.#store.append(fresh);
    this.#listener.onBytes(fresh);
  }

  /** Sends the request for what is missing. */
  async #open(signal: AbortSignal): Promise<Part | 'no more'> {
    const at = this.length;
    const last = Number.isFinite(this.#wanted) ? this.#wanted - 1 : '';
    const request = { Accept: ACCEPT, Range: `bytes=${at}-${last}`, ...this.#condition() };
    const { ok, status, statusText, headers, body } = await fetch(this.url, { headers: request, signal });
    const range = /^bytes (?:(\d+)-(\d+)|\*)\/(?:(\d+)|\*)$/.exec(headers.get('content-range') ?? '');
    if (status === 416 && at > 0 && Number(range?.[3] ?? at) === at) return 'no more';
    if (!ok || !body) throw new Error(`HTTP ${status} ${statusText}`.trimEnd());
    const stated = { etag: headers.get('etag'), modified: headers.get('last-modified') };
    if (status !== 206) {
      const length = headers.get('content-encoding') === null ? headers.get('content-length') : null;
      const total = length === null ? undefined : Number(length);
      return { version: { ...stated, total }, isWhole: true, from: 0, end: total ?? Number.POSITIVE_INFINITY, body };
    }
    // Of another origin, which may hide Content-Range from the page, the range is what was asked for.
    const from = Number(range?.[1] ?? at);
    if (from !== at) throw new Error(`the server gave bytes from ${from} on, asked for those from ${at} on`);
    const end = range?.[2] === undefined ? this.#wanted : Number(range[2]) + 1;
    const total = range?.[3] === undefined ? undefined : Number(range[3]);
    return { version: { ...stated, total }, isWhole: false, from, end, body };
  }

  /**
   * `If-Range`: of a changed file the server then gives the whole. Not for other origins, which would be asked for leave before each
   * request; there the versions of the responses are compared, as they are here.
   */
  #condition(): Readonly<Record<string, string>> {
    const { etag, modified } = this.#version ?? {};
    const strong = etag && !etag.startsWith('W/') ? etag : (modified ?? undefined);
    const isSameOrigin = globalThis.location?.origin === new URL(this.url).origin;
    return this.length > 0 && strong && isSameOrigin ? { 'If-Range': strong } : {};
  }

  #changed(): FileChangedError {
    return new FileChangedError(`${this.url}: the file has changed while it was read`);
  }

  #failure(error: unknown): Error {
    if (error instanceof FileChangedError || error instanceof DdpmError) return error;
    const { message } = error as Error;
    return new DdpmError('ERR_DDPM_INPUT', `${this.url}: ${message}`, { cause: error });
  }
}

/** Whether two responses are of different versions of a file, as far as they tell. */
function isOther(one: Version, two: Version): boolean {
  if (one.etag && two.etag) return one.etag !== two.etag;
  const differ = (a: unknown, b: unknown): boolean => (a ?? null) !== null && (b ?? null) !== null && a !== b;
  return differ(one.modified, two.modified) || differ(one.total, two.total);
}
