/** Lists the files of a folder and its subfolders that a pattern matches, as a stream. */
import type { Dirent, Stats } from 'node:fs';
import { opendir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { DdpmError } from '../base/errors.ts';
import type { GlobPattern } from './glob-pattern.ts';
import type { Entry } from './store.ts';
import { systemReason } from './system-reason.ts';

/** Names of a folder that are kept, and sorted, at a time. */
const PAGE = 10_000;
/** Files whose size is asked at the same time. */
const STATS_AT_ONCE = 64;
/** Names that the system is asked for at a time. */
const READ_AHEAD = 1024;

/**
 * Lists the files that a pattern matches, in alphabetical order within folders of up to 10 000 entries; of larger folders,
 * each 10 000 entries are sorted. Keeps no more than such a page for each open folder, whatever the number of files.
 *
 * Links to folders are followed after the real folders, and each folder is walked once, so that links in a circle do not
 * multiply files.
 *
 * @param folder - where the walk begins; empty for the current folder
 * @throws DdpmError `ERR_DDPM_INPUT` if a folder cannot be listed
 */
export async function* walkFolder(folder: string, glob: GlobPattern): AsyncGenerator<Entry, void, void> {
  const walk = new Walk(folder, glob);
  yield* walk.files('');
  yield* walk.linkedFiles();
}

/** Size and version of a file, from what the system says of it. */
export function fileEntry(location: string, { size, mtimeMs }: Pick<Stats, 'size' | 'mtimeMs'>): Entry {
  return { location, size, version: String(mtimeMs) };
}

class Walk {
  readonly #folder: string;
  readonly #glob: GlobPattern;
  /** Links to folders that were met. Paths here and below are relative to the folder in which the walk begins. */
  readonly #links: string[] = [];
  /** Real paths of the folders that links led to. */
  readonly #walked = new Set<string>();

  constructor(folder: string, glob: GlobPattern) {
    this.#folder = folder;
    this.#glob = glob;
  }

  /**
   * Files in a folder and its subfolders.
   *
   * @param real - its real path, if a link led to it
   */
  async *files(path: string, real?: string): AsyncGenerator<Entry, void, void> {
    for await (const page of this.#pages(path)) {
      for (let i = 0; i < page.length; i += STATS_AT_ONCE) {
        const group = page.slice(i, i + STATS_AT_ONCE);
        const stats = await Promise.all(group.map((dirent) => this.#statsOf(below(path, dirent.name), dirent)));
        for (const [k, dirent] of group.entries()) {
          const inner = below(path, dirent.name);
          if (dirent.isDirectory()) {
            const realInner = real === undefined ? undefined : join(real, dirent.name);
            if (this.#glob.mayContain(inner) && (await this.#isNew(realInner))) yield* this.files(inner, realInner);
          } else if (stats[k]?.isDirectory()) this.#links.push(inner);
          else if (stats[k]?.isFile()) yield fileEntry(this.#location(inner), stats[k]);
        }
      }
    }
  }

  /** Files in the folders that links lead to; those on short paths first. */
  async *linkedFiles(): AsyncGenerator<Entry, void, void> {
    const depth = (path: string): number => path.split('/').length;
    this.#links.sort((a, b) => depth(a) - depth(b));
    for (const link of this.#links) {
      const real = await this.#realPath(link);
      if (real !== undefined && (await this.#isNew(real))) yield* this.files(link, real);
    }
  }

  /** Notes that a folder is walked; false if it was before. A folder that no link led to is met once. */
  async #isNew(real: string | undefined): Promise<boolean> {
    if (real === undefined) return true;
    if (this.#walked.has(real)) return false;
    this.#walked.add(real);
    const inside = relative((await this.#realPath('')) ?? '', real)
      .split(sep)
      .join('/');
    const isOutside = inside === '..' || inside.startsWith('../') || /^[a-z]:/i.test(inside);
    return isOutside || !this.#glob.mayContain(inside);
  }

  /** Whatever is not a folder and matches: a file, or a link. Undefined for all else, and for links to nowhere. */
  async #statsOf(path: string, dirent: Dirent): Promise<Stats | undefined> {
    if (dirent.isDirectory()) return undefined;
    const mayLead = dirent.isSymbolicLink() && this.#glob.mayContain(path);
    if (!mayLead && !this.#glob.matches(path)) return undefined;
    const stats = await unlessGone(path, () => stat(this.#location(path)));
    return stats?.isFile() && !this.#glob.matches(path) ? undefined : stats;
  }

  /** Entries of a folder, sorted as their paths would be. */
  async *#pages(path: string): AsyncGenerator<Dirent[], void, void> {
    const location = this.#location(path) || '.';
    const folder = await unlessGone(location, () => opendir(location, { bufferSize: READ_AHEAD }));
    if (folder === undefined) return;
    try {
      let page: Dirent[] = [];
      for (;;) {
        const dirent = await folder.read();
        if (dirent !== null) page.push(dirent);
        if (dirent !== null && page.length < PAGE) continue;
        yield page.sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
        if (dirent === null) return;
        page = [];
      }
    } finally {
      await folder.close();
    }
  }

  #realPath(path: string): Promise<string | undefined> {
    const location = this.#location(path) || '.';
    return unlessGone(location, () => realpath(location));
  }

  #location(path: string): string {
    if (this.#folder === '' || path === '') return this.#folder || path;
    return this.#folder.endsWith('/') ? `${this.#folder}${path}` : `${this.#folder}/${path}`;
  }
}

function below(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

function sortKey(dirent: Dirent): string {
  return dirent.isDirectory() ? `${dirent.name}/` : dirent.name;
}

/** What the system answers; undefined if there is nothing, no longer, or a link to nowhere. */
async function unlessGone<T>(location: string, ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes((cause as NodeJS.ErrnoException).code ?? '')) return undefined;
    const remedy = 'Leave it out of the pattern, or give permission';
    throw new DdpmError('ERR_DDPM_INPUT', `cannot list ${location}: ${systemReason(cause)}. ${remedy}`, { cause });
  }
}
