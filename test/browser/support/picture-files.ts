/** Serves .ddpm files in the ways that servers have: with and without ranges, slowly, changing; and remembers what was asked. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

/** How a file is served. */
export interface PictureFile {
  readonly bytes: Uint8Array;
  /** False: Range is ignored, as by the simplest servers. Default true. */
  readonly ranges?: boolean;
  /** Its ETag with quotes; default none. */
  readonly etag?: string;
  /** Bytes are sent in pieces of this size with `pauseMs` between them; default: at once. */
  readonly piece?: number;
  readonly pauseMs?: number;
  /** Media type; default that of .ddpm files. */
  readonly type?: string;
  /** Default 200 or 206. */
  readonly status?: number;
}

/** A request, and what became of it. */
export interface PictureRequest {
  readonly path: string;
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
  readonly accept: string | undefined;
  status: number;
  /** Number of bytes of the body that were written before the client hung up. */
  sent: number;
  /** Whether the client hung up before the end. */
  cut: boolean;
}

/** Files by path without the leading slash; may be changed while they are served. */
export class PictureFiles {
  readonly files: Map<string, PictureFile> = new Map();
  readonly requests: PictureRequest[] = [];

  /** Requests for one file. */
  of(path: string): PictureRequest[] {
    return this.requests.filter((request) => request.path === path);
  }

  /** As the option `handle` of `serveSite`. */
  readonly handle = (request: IncomingMessage, response: ServerResponse): boolean => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname).slice(1);
    const file = this.files.get(path);
    if (!file) return false;
    const { range, accept } = request.headers;
    const ifRange = request.headers['if-range']?.toString();
    const record: PictureRequest = { path, range, ifRange, accept, status: 200, sent: 0, cut: false };
    this.requests.push(record);
    void this.#answer(file, record, response);
    return true;
  };

  async #answer(file: PictureFile, record: PictureRequest, response: ServerResponse): Promise<void> {
    const { bytes, ranges = true, etag, piece = bytes.length, pauseMs = 0, type = 'image/x-ddpm' } = file;
    const asked = /^bytes=(\d+)-(\d*)$/.exec(record.range ?? '');
    const isCurrent = record.ifRange === undefined || record.ifRange === etag;
    const from = asked && ranges && isCurrent ? Number(asked[1]) : undefined;
    const end = from === undefined || !asked?.[2] ? bytes.length : Math.min(Number(asked[2]) + 1, bytes.length);
    record.status = file.status ?? (from === undefined ? 200 : from < bytes.length ? 206 : 416);
    const headers: Record<string, string> = { 'content-type': type };
    if (etag) headers.etag = etag;
    const body = record.status === 200 || record.status === 206 ? bytes.subarray(from ?? 0, end) : new Uint8Array(0);
    headers['content-length'] = String(body.length);
    if (record.status === 206) headers['content-range'] = `bytes ${from}-${end - 1}/${bytes.length}`;
    if (record.status === 416) headers['content-range'] = `bytes */${bytes.length}`;
    response.on('close', () => {
      record.cut = !response.writableFinished;
    });
    response.writeHead(record.status, headers);
    for (let at = 0; at < body.length && !response.destroyed; at += piece) {
      if (at > 0 && pauseMs > 0) await wait(pauseMs);
      const part = body.subarray(at, at + piece);
      if (!response.destroyed && !response.write(part)) await drained(response);
      record.sent += part.length;
    }
    response.end();
  }
}

/** Waits until more can be written, or the client has hung up. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
}
