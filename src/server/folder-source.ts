/** The files of a folder. */
import { statSync } from 'node:fs';
import { constants, type FileHandle, open, realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatValue } from '../base/check-options.ts';
import type { OpenFile, StoredFile } from './stored-file.ts';

/** Bytes that are read at a time. */
const PART = 2 ** 16;

/** Without waiting for the writer of a pipe; of Windows, which has no pipes in folders, neither is known. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

/** What the file system says of a name that stands for no file. */
const MISSING = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'EISDIR', 'ENXIO', 'EINVAL'];

/** Names that mean something else than a file on Windows: streams and drives (colons), and what ends with dots or blanks. */
const WINDOWS = /[<>:"|?*]|[. ](\/|$)/;

/**
 * Opens the regular files of a folder, also through links whose targets are in the folder and not hidden. Who can write to
 * the folder while a file is opened is trusted. The ETag is made of length and time of change, so files are to be
 * replaced, as by renaming, and not written in place while they are served.
 *
 * @param root - path or `file:` URL of the folder
 * @throws TypeError or RangeError if it is no folder
 */
export function folderSource(root: string | URL): OpenFile {
  if (typeof root !== 'string' && !(root instanceof URL)) {
    throw new TypeError(`"root" expected path or URL of a folder, got ${formatValue(root)}`);
  }
  const folder = typeof root === 'string' ? root : fileURLToPath(root);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new RangeError(`"root" expected a folder that is there, got ${folder}`);
  }
  return async (path) => {
    if (process.platform === 'win32' && WINDOWS.test(path)) return null;
    const file = await unlessMissing(async () => {
      const base = await realpath(folder);
      const target = await realpath(join(base, path));
      return isWithin(base, target) ? await open(target, FLAGS) : null;
    });
    return file && describe(file);
  };
}

/** Whether a path leads into a folder, and through nothing hidden. */
function isWithin(base: string, target: string): boolean {
  const inner = relative(base, target);
  return !isAbsolute(inner) && inner.split(sep).every((name) => name !== '' && !name.startsWith('.'));
}

/** A file of {@link OpenFile}; null, and closed, if it is none. */
async function describe(file: FileHandle): Promise<StoredFile | null> {
  try {
    const stats = await file.stat({ bigint: true });
    if (stats.isFile()) {
      return {
        size: Number(stats.size),
        etag: `${stats.size.toString(36)}-${stats.mtimeNs.toString(36)}`,
        lastModified: stats.mtime,
        read: (start, end) => readRange(file, start, end),
        close: () => file.close(),
      };
    }
  } catch (error) {
    await file.close();
    throw error;
  }
  await file.close();
  return null;
}

async function* readRange(file: FileHandle, start: number, end: number): AsyncGenerator<Uint8Array, void, void> {
  for (let at = start; at < end; ) {
    const part = new Uint8Array(Math.min(PART, end - at));
    const { bytesRead } = await file.read(part, 0, part.length, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield part.subarray(0, bytesRead);
  }
}

async function unlessMissing<T>(find: () => Promise<T>): Promise<T | null> {
  try {
    return await find();
  } catch (error) {
    if (MISSING.includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}
