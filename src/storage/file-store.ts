import { createReadStream, existsSync, type Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DdpmError } from '../base/errors.ts';
import { assertWritable, writeFileAtomic } from './atomic-write.ts';
import { hasWildcards, parseGlob } from './glob-pattern.ts';
import { localPath } from './location.ts';
import { openNamedPipe } from './named-pipes.ts';
import type { Store } from './store.ts';
import { systemReason } from './system-reason.ts';
import { fileEntry, walkFolder } from './walk-folder.ts';

/** Whether a path is a glob pattern. A name that exists stands for itself. */
export function isFilePattern(location: string): boolean {
  const path = localPath(location);
  return hasWildcards(path) && !existsSync(path);
}

/** The file system. Locations are paths and `file:` URLs; those of entries are paths. */
export const fileStore: Store = {
  async *list(pattern) {
    const path = localPath(pattern);
    if (isFilePattern(path)) {
      const glob = parseGlob(path);
      yield* walkFolder(glob.base, glob);
      return;
    }
    const entry = await fileStore.stat(path);
    if (entry) yield entry;
  },

  async stat(location) {
    const path = localPath(location);
    const stats = await statsOf(path);
    return stats && fileEntry(path, stats);
  },

  async *read(location, signal) {
    const path = localPath(location);
    try {
      const isPipe = (await stat(path)).isFIFO();
      yield* isPipe ? openNamedPipe(path) : createReadStream(path, { signal });
    } catch (cause) {
      signal?.throwIfAborted();
      throw unreadable(path, cause);
    }
  },

  async write(location, data, options) {
    options.signal?.throwIfAborted();
    await writeFileAtomic(localPath(location), data, options);
  },

  async assertWritable(location, options) {
    assertWritable(localPath(location), options);
  },
};

async function statsOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): DdpmError {
  const isFolder = (cause as NodeJS.ErrnoException).code === 'EISDIR';
  const why = isFolder
    ? `it is a folder. Give files, e.g. "${join(path, '*')}"`
    : `${systemReason(cause)}. Check the path and its permissions`;
  return new DdpmError('ERR_DDPM_INPUT', `cannot read ${path}: ${why}`, { cause });
}
