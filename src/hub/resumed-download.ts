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
const EXISTING_OR_NEW = constants.O_RDWR | constants.O_CREAT;

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
  const part = `${path}.part`;
  const handle = await writing(part, () => open(part, EXISTING_OR_NEW, 0o644));
  try {
    await fill(handle, part, file, options);
    await writing(part, () => handle.sync());
  } finally {
    await handle.close();
  }
  const found = await checksumOf(part, checksum.kind, size);
  if (found !== checksum.value) {
    await rm(part, { force: true });
    const kind = checksum.kind === 'sha256' ? 'SHA-256' : 'git';
    const why = `its ${kind} checksum is ${found}, the hub says ${checksum.value}. It is removed again; try once more`;
    throw new DdpmError('ERR_DDPM_MODEL_CORRUPT', `download to ${path} is damaged: ${why}`);
  }
  await writing(path, () => rename(part, path));
}

/** Whether an earlier download ended well, and nothing has happened to the file since. */
async function isWhole(path: string, { size, checksum }: RemoteFile): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  return stats?.size === size && (await checksumOf(path, checksum.kind, size)) === checksum.value;
}

/** Downloads what is not there yet; connections may break in between. */
async function fill(handle: FileHandle, part: string, file: RemoteFile, options: DownloadOptions): Promise<void> {
  const { url, size, authorization } = file;
  const state = { at: (await handle.stat()).size };
  if (state.at > size) await cut(handle, part, state);
  options.onBytes(state.at);
  for (let breaks = 0; state.at < size; breaks++) {
    const headers = state.at > 0 ? { range: `bytes=${state.at}-` } : {};
    const request = { method: 'GET' as const, headers, ...defined({ authorization }) };
    const answer = await sendRequest(url, request, options.limits, options.signal);
    const before = state.at;
    try {
      if (startOf(answer, state.at, size) === 0) await cut(handle, part, state);
      await receive(answer, handle, part, state, file, options);
    } catch (error) {
      if (options.signal?.aborted || breaks === MAX_BREAKS || state.at <= before || !isTransient(error)) throw error;
    } finally {
      answer.watch.end();
    }
  }
}

/** Writes a body as far as it goes. */
async function receive(
  answer: Answer,
  handle: FileHandle,
  part: string,
  state: { at: number },
  { size }: RemoteFile,
  { onBytes }: DownloadOptions,
): Promise<void> {
  for await (const bytes of bodyOf(answer)) {
    if (state.at + bytes.length > size) throw new RefusedAnswerError(`it has more than the ${size} bytes it should`);
    for (let written = 0; written < bytes.length; ) {
      const write = () => handle.write(bytes, written, bytes.length - written, state.at + written);
      written += (await writing(part, write)).bytesWritten;
    }
    state.at += bytes.length;
    onBytes(state.at);
  }
  if (state.at < size) throw new DOMException(`it ended after ${state.at} of ${size} bytes`, 'TimeoutError');
}

/** The place in the file of an answer's first byte: where it was asked for, or 0 from a server that sends files only whole. */
function startOf({ response: { status, headers } }: Answer, asked: number, size: number): number {
  if (status === 200) return 0;
  if (status !== 206) throw new HttpStatusError(status);
  const range = headers.get('content-range') ?? '';
  if (asked > 0 && range.startsWith(`bytes ${asked}-`) && range.endsWith(`/${size}`)) return asked;
  throw new RefusedAnswerError(`the server sent another part than bytes ${asked} to ${size - 1}`);
}

async function cut(handle: FileHandle, part: string, state: { at: number }): Promise<void> {
  await writing(part, () => handle.truncate(0));
  state.at = 0;
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
