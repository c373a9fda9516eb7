/** Finds files by patterns, each once. */
import { realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { glob } from 'tinyglobby';

/** Resolves links in a path, as far as the path exists. */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const folder = dirname(resolve(path));
    return folder === resolve(path) ? folder : join(realPath(folder), basename(path));
  }
}

/** The first of the paths to each entry of a folder. A link to a file is an entry of its own. */
export function onePathEach(paths: readonly string[], cwd = ''): string[] {
  const seen = new Map<string, string>();
  for (const path of paths) {
    const full = resolve(cwd, path);
    const key = join(realPath(dirname(full)), basename(full));
    if (!seen.has(key)) seen.set(key, path);
  }
  return [...seen.values()];
}

/** Options of {@link globFiles}. */
export interface GlobOptions {
  /** Folder in which the pattern starts, and that the found paths are relative to; default: the current one. */
  readonly cwd?: string;
  /** True: upper and lower case are alike. */
  readonly anyCase?: boolean;
}

/**
 * Files that a pattern matches, sorted. A file that linked folders lead to on several ways is taken on the shortest one, so
 * that links in a circle do not multiply it.
 *
 * @param pattern - if it is absolute, the found paths are, too
 */
export async function globFiles(pattern: string, { cwd = '', anyCase = false }: GlobOptions = {}): Promise<string[]> {
  const absolute = isAbsolute(pattern);
  const found = await glob(pattern, {
    absolute,
    expandDirectories: false,
    caseSensitiveMatch: !anyCase,
    cwd: resolve(cwd),
  });
  const depth = (path: string): number => path.split('/').length;
  const shortestFirst = found.sort().sort((a, b) => depth(a) - depth(b));
  return onePathEach(shortestFirst, cwd).sort();
}
