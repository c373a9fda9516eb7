/** Answers requests for `.ddpm` files: with the file, a part of it, or a picture for clients without the codec. */
import { createCodec } from '../api/create-codec.ts';
import type { Codec } from '../node/threads/threaded-codec.ts';
import { byteRange } from './byte-range.ts';
import { type HandlerOptions, type HandlerSettings, handlerSettings } from './handler-options.ts';
import { acceptable, mediaType, type PictureFormat, type Representation } from './negotiate.ts';
import { type PictureDecoder, PictureMaker, type PictureWish, pictureKey } from './picture-maker.ts';
import { allowsRange, conditionalStatus, type Validators } from './preconditions.ts';
import { prefixLength } from './prefix-length.ts';
import { Problem, problemOf } from './problem.ts';
import { type RequestParameters, requestParameters } from './request-parameters.ts';
import { ServedFile } from './stored-file.ts';
import { filePath } from './url-path.ts';

/** A web-standard handler of requests, of {@link createHandler}. */
export interface Handler extends AsyncDisposable {
  /**
   * Answers a request. Does not reject: what goes wrong is a response of one line of text. The work for it stops when its
   * `signal` aborts, unless another request waits for the same picture.
   */
  (request: Request): Promise<Response>;
  /** Waits for pictures that are being made, then ends the threads that the handler started. Later requests get 503. */
  close(): Promise<void>;
}

/** Headers that a page of another origin may read. */
const EXPOSED = 'Accept-Ranges, Content-Length, Content-Range, ETag';

/** Headers that a page of another origin may send. */
const CONDITIONS = 'Accept, If-Match, If-Modified-Since, If-None-Match, If-Range, If-Unmodified-Since, Range';

const METHODS = 'GET, HEAD, OPTIONS';

/** Status for the log of a proxy; the client that has gone does not see it. */
const CLIENT_GONE = 499;

/**
 * Makes a handler of requests for `.ddpm` files. Clients that know the codec get the file, by ranges if they ask for them;
 * others get AVIF, WebP, JPEG or PNG, made of it when it is asked for. docs/server.md has the parameters of URLs.
 *
 * @throws TypeError or RangeError for a wrong option
 */
export function createHandler(options: HandlerOptions): Handler {
  const server = new FileServer(handlerSettings(options));
  const close = (): Promise<void> => server.close();
  return Object.assign((request: Request) => server.respond(request), { close, [Symbol.asyncDispose]: close });
}

class FileServer {
  readonly #settings: HandlerSettings;
  readonly #pictures: PictureMaker;
  readonly #busy: Set<Promise<Response>> = new Set();
  #ownCodec: Promise<Codec> | undefined;
  #isClosed = false;

  constructor(settings: HandlerSettings) {
    this.#settings = settings;
    this.#pictures = new PictureMaker(
      () => this.#codec(),
      settings,
      (error, request) => this.#report(error, request),
    );
  }

  async respond(request: Request): Promise<Response> {
    const answer = this.#answer(request).catch((error: unknown) => this.#refusal(error, request));
    this.#busy.add(answer);
    try {
      const response = await answer;
      for (const [name, value] of this.#commonHeaders()) response.headers.set(name, value);
      if (request.method !== 'HEAD') return response;
      await response.body?.cancel();
      return new Response(null, response);
    } finally {
      this.#busy.delete(answer);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#busy);
    await this.#ownCodec?.then(
      (codec) => codec.close(),
      () => {},
    );
  }

  async #answer(request: Request): Promise<Response> {
    if (this.#isClosed) throw new Problem(503, 'the server is closing');
    if (request.method === 'OPTIONS') return this.#options();
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      throw new Problem(405, `the method ${request.method} is not for this file`, { Allow: METHODS });
    }
    const { formats, open, prefix } = this.#settings;
    const { pathname, searchParams } = new URL(request.url);
    const path = filePath(pathname, prefix);
    const parameters = requestParameters(searchParams, this.#settings);
    const stored = path === null ? null : await open(path, request);
    if (path === null || !stored) throw new Problem(404, 'there is no such file');
    const file = new ServedFile(stored, path);
    const release = file.hold();
    try {
      request.signal.throwIfAborted();
      const { format } = parameters;
      const offered = format ? [format] : acceptable(request.headers.get('accept'), ['ddpm', ...formats]);
      const response = await this.#represent(file, offered, parameters, request);
      if (!format) response.headers.set('Vary', 'Accept');
      return response;
    } finally {
      await release();
    }
  }

  /** @param offered - what the client takes, best first */
  async #represent(
    file: ServedFile,
    offered: readonly Representation[],
    parameters: RequestParameters,
    request: Request,
  ): Promise<Response> {
    const { prefix } = parameters;
    const { limitInputPixels } = this.#settings;
    const length = prefix ? await prefixLength(file, prefix, limitInputPixels, request.signal) : file.size;
    if (offered[0] === 'ddpm') return this.#file(file, length, request);
    const formats = offered.filter((one): one is PictureFormat => one !== 'ddpm');
    if (formats.length > 0) return this.#picture(file, { ...parameters, length, formats }, request);
    const types = ['ddpm' as const, ...this.#settings.formats].map(mediaType).join(', ');
    throw new Problem(406, `the file can be had as ${types}`);
  }

  /** The file, or a part of it. */
  #file(file: ServedFile, length: number, request: Request): Response {
    const etag = length === file.size ? file.etag : `${file.etag}-${length}`;
    const validators = { etag: `"${etag}"`, lastModified: file.lastModified };
    const early = this.#conditional(validators, request);
    if (early) return early;
    const isWhole = request.method === 'HEAD' || !allowsRange(request.headers, validators);
    const range = isWhole ? null : byteRange(request.headers.get('range'), length);
    if (range === 'unsatisfiable') {
      throw new Problem(416, `the file has ${length} bytes`, { 'Content-Range': `bytes */${length}` });
    }
    const { start, end } = range ?? { start: 0, end: length };
    const headers = this.#headers(validators);
    headers.set('Accept-Ranges', 'bytes');
    headers.set('Content-Type', mediaType('ddpm'));
    headers.set('Content-Length', `${end - start}`);
    if (range) headers.set('Content-Range', `bytes ${start}-${end - 1}/${length}`);
    return new Response(file.stream({ start, end }, request.signal), { status: range ? 206 : 200, headers });
  }

  /** A picture made of the file. It has a weak ETag, as another machine may make other bytes of it. */
  async #picture(file: ServedFile, wish: PictureWish, request: Request): Promise<Response> {
    const key = pictureKey(file, wish);
    const validators = { etag: `W/"${key}"`, lastModified: file.lastModified };
    const early = this.#conditional(validators, request);
    if (early) return early;
    const { bytes, format } = await this.#pictures.picture(file, wish, key, request);
    const headers = this.#headers(validators);
    headers.set('Content-Type', mediaType(format));
    headers.set('Content-Length', `${bytes.length}`);
    return new Response(bytes as Uint8Array<ArrayBuffer>, { headers });
  }

  /** The response to a condition that ends the request; undefined if there is none. */
  #conditional(validators: Validators, request: Request): Response | undefined {
    const status = conditionalStatus(request.headers, validators);
    if (status === 412) throw new Problem(412, 'the file is another one by now');
    if (status === undefined) return undefined;
    return new Response(null, { status, headers: this.#headers(validators) });
  }

  #headers({ etag, lastModified }: Validators): Headers {
    const headers = new Headers({ ETag: etag, 'Cache-Control': this.#settings.cacheControl });
    if (lastModified) headers.set('Last-Modified', lastModified.toUTCString());
    return headers;
  }

  #options(): Response {
    const headers = new Headers({ Allow: METHODS });
    if (this.#settings.cors !== undefined) {
      headers.set('Access-Control-Allow-Methods', METHODS);
      headers.set('Access-Control-Allow-Headers', CONDITIONS);
      headers.set('Access-Control-Max-Age', '86400');
    }
    return new Response(null, { status: 204, headers });
  }

  #refusal(error: unknown, request: Request): Response {
    if (request.signal.aborted) return new Response(null, { status: CLIENT_GONE });
    const { status, message, headers } = problemOf(error);
    if (status >= 500 || status === 422) this.#report(error, request);
    return new Response(`${message}\n`, {
      status,
      headers: {
        ...headers,
        'Cache-Control': 'no-store',
        'Content-Security-Policy': "default-src 'none'",
        'Content-Type': 'text/plain; charset=utf-8',
      },
    });
  }

  #report(error: unknown, request: Request): void {
    try {
      this.#settings.onError(error, request);
    } catch {} // what a log does has no influence on the response
  }

  /** Headers of every response. */
  #commonHeaders(): [string, string][] {
    const { cors } = this.#settings;
    const safe: [string, string] = ['X-Content-Type-Options', 'nosniff'];
    if (cors === undefined) return [safe];
    return [
      safe,
      ['Access-Control-Allow-Origin', cors],
      ['Access-Control-Expose-Headers', EXPOSED],
      ['Cross-Origin-Resource-Policy', 'cross-origin'],
    ];
  }

  #codec(): Promise<PictureDecoder> {
    const { codec } = this.#settings;
    if (codec) return Promise.resolve(codec);
    this.#ownCodec ??= createCodec().catch((error: unknown) => {
      this.#ownCodec = undefined; // the next picture tries again
      throw error;
    });
    return this.#ownCodec;
  }
}
