import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/** Resolves links in a path, as far as the path exists. */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const folder = dirname(resolve(path));
    return folder === resolve(path) ? folder : join(realPath(folder), basename(path));
  }
}
