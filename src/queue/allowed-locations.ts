/** Keeps a worker to some places: whoever can write to a queue names its inputs and outputs. */
import { isAbsolute, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DdpmError } from '../base/errors.ts';

/** Resolves links in a path, as far as it exists. */
export type RealPath = (path: string) => string;

/**
 * Checks that a location is in an allowed place: in a folder, with links resolved, or under a URL.
 *
 * @param prefixes - folders and URLs; empty: all is allowed
 * @throws DdpmError `ERR_DDPM_INPUT` if it is not
 */
export function assertAllowed(location: string, prefixes: readonly string[], realPath: RealPath): void {
  if (prefixes.length === 0 || prefixes.some((prefix) => isWithin(location, prefix, realPath))) return;
  const places = prefixes.join(', ');
  throw new DdpmError('ERR_DDPM_INPUT', `${location} is outside of what --allow names (${places}); it was not touched`);
}

function isWithin(location: string, prefix: string, realPath: RealPath): boolean {
  const path = localPath(location);
  const folder = localPath(prefix);
  if (path !== undefined && folder !== undefined) {
    const way = relative(realPath(resolve(folder)), realPath(resolve(path)));
    return way === '' || (!isAbsolute(way) && way !== '..' && !way.startsWith(`..${/[\\/]/.exec(way)?.[0] ?? '/'}`));
  }
  if (path !== undefined || folder !== undefined) return false;
  const start = prefix.endsWith('/') ? prefix : `${prefix}/`;
  const url = normalized(location);
  return url === normalized(prefix) || url.startsWith(normalized(start));
}

/** The path of a local file; undefined for what is elsewhere. */
function localPath(location: string): string | undefined {
  if (/^file:/i.test(location)) return fileURLToPath(location);
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(location) ? undefined : location;
}

/** Web addresses without dots in their paths; keys of objects are taken as they are. */
function normalized(location: string): string {
  return /^https?:/i.test(location) && URL.canParse(location) ? new URL(location).href : location;
}
