/** Downloads a file of known length and checksum; goes on where an earlier download ended. */
import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { defined } from '../base/defined.ts';
import { DdpmError } from '../base/errors.ts';
import {
  type Answer,
  bodyOf,
  RefusedAnswerError,
  type RequestLimits,
  sendRequest,
} from '../storage/http/http-request.ts';
import { systemReason } from '../storage/system-reason.ts';
import { HttpStatusError, isTransient } from '../storage/transient.ts';
import { type Checksum, checksumOf } from './file-checksum.ts';

/** A file on a server. */
export interface RemoteFile {
  readonly url: string;
  /** Length in bytes. */
  readonly size: number;
  readonly checksum: Checksum;
  /** The header `Authorization` for the server of the URL; not sent to others that it redirects to. */
  readonly authorization?: string;
}

/** How to download. */
export interface DownloadOptions {
  readonly limits: RequestLimits;
  readonly signal?: AbortSignal;
  /** Told how many bytes are there: of an earlier download at once, then as they come. */
  readonly onBytes: (bytes: number) => void;
}

/** Connections that may break during one download, each of which brought some bytes. */
const MAX_BREAKS = 10;

/**
 * Makes sure that a file is there whole. Until then its bytes lie beside it, under its name with `.part`; two downloads at the
 * same time write the same bytes to the same places. Nothing is written beyond the length that is known.
 *
 * @param path - where it is to lie; its folder exists
 * @throws DdpmError `ERR_DDPM_MODEL_CORRUPT` if its checksum is another than it should be: then nothing of it is kept;
 *   `ERR_DDPM_OUTPUT` if it cannot be written; an error of `sendRequest`
 */
export async function downloadFile(path: string, file: RemoteFile, options: DownloadOptions): Promise<void> {
  const { size, checksum } = file;
  if (await isWhole(path, file)) return options.onBytes(size);
  const part = await PartFile.open(`${path}.part`);
  try {
    await fill(part, file, options);
  } finally {
    await part.close();
  }
  const found = await checksumOf(part.path, checksum.kind, size);
  if (found !== checksum.value) {
    await rm(part.path, { force: true });
    const kind = checksum.kind === 'sha256' ? 'SHA-256' : 'git';
    const why = `its ${kind} checksum is ${found}, the hub says ${checksum.value}. It is removed again; try once more`;
    throw new DdpmError('ERR_DDPM_MODEL_CORRUPT', `download to ${path} is damaged: ${why}`);
  }
  await writing(path, () => rename(part.path, path));
}

/** Whether an earlier download ended well, and nothing has happened to the file since. */
async function isWhole(path: string, { size, checksum }: RemoteFile): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  return stats?.size === size && (await checksumOf(path, checksum.kind, size)) === checksum.value;
}

/** Downloads what is not there yet; connections may break in between. */
async function fill(part: PartFile, { url, size, authorization }: RemoteFile, options: DownloadOptions): Promise<void> {
  const { limits, signal, onBytes } = options;
  if (part.length > size) await part.empty();
  onBytes(part.length);
  for (let breaks = 0; part.length < size; breaks++) {
    const before = part.length;
    const headers = before > 0 ? { range: `bytes=${before}-` } : {};
    const request = { method: 'GET' as const, headers, ...defined({ authorization }) };
    const answer = await sendRequest(url, request, limits, signal);
    try {
      if (startOf(answer, before, size) === 0) await part.empty();
      for await (const bytes of bodyOf(answer)) {
        if (part.length + bytes.length > size) {
          throw new RefusedAnswerError(`it has more than the ${size} bytes it should`);
        }
        await part.append(bytes);
        onBytes(part.length);
      }
      if (part.length < size) throw new DOMException(`it ended after ${part.length} of ${size} bytes`, 'TimeoutError');
    } catch (error) {
      if (signal?.aborted || breaks === MAX_BREAKS || part.length <= before || !isTransient(error)) throw error;
    } finally {
      answer.watch.end();
    }
  }
}

/** The place in the file of an answer's first byte: where it was asked for, or 0 from a server that sends files only whole. */
function startOf({ response: { status, headers } }: Answer, asked: number, size: number): number {
  if (status === 200) return 0;
  if (status !== 206) throw new HttpStatusError(status);
  const range = headers.get('content-range') ?? '';
  if (asked > 0 && range.startsWith(`bytes ${asked}-`) && range.endsWith(`/${size}`)) return asked;
  throw new RefusedAnswerError(`the server sent another part than bytes ${asked} to ${size - 1}`);
}

/** The beginning of a file, as far as it has come. */
class PartFile {
  readonly path: string;
  readonly #handle: FileHandle;
  #length: number;

  private constructor(path: string, handle: FileHandle, length: number) {
    this.path = path;
    this.#handle = handle;
    this.#length = length;
  }

  /** Opens what there is, or makes an empty file. */
  static open(path: string): Promise<PartFile> {
    return writing(path, async () => {
      const handle = await open(path, constants.O_RDWR | constants.O_CREAT, 0o644);
      return new PartFile(path, handle, (await handle.stat()).size);
    });
  }

  /** Bytes that are there. */
  get length(): number {
    return this.#length;
  }

  async append(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const write = () => this.#handle.write(bytes, done, bytes.length - done, this.#length);
      const { bytesWritten } = await writing(this.path, write);
      done += bytesWritten;
      this.#length += bytesWritten;
    }
  }

  async empty(): Promise<void> {
    await writing(this.path, () => this.#handle.truncate(0));
    this.#length = 0;
  }

  async close(): Promise<void> {
    try {
      await writing(this.path, () => this.#handle.sync());
    } finally {
      await this.#handle.close();
    }
  }
}

/** Does what can fail for want of space or permission. */
async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const why = `${systemReason(cause)}. Set XDG_CACHE_HOME to another folder`;
    throw new DdpmError('ERR_DDPM_OUTPUT', `cannot write ${path}: ${why}`, { cause });
  }
}
