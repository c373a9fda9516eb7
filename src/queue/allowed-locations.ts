/** Keeps a worker to some places: whoever can write to a queue names its inputs and outputs. */
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { DdpmError } from '../base/errors.ts';
import { isLocal, localPath, schemeOf, shownLocation, urlKey } from '../storage/location.ts';
import { realPath } from '../storage/real-path.ts';

/**
 * Checks that a location is in an allowed place: in a folder, with links resolved, or under a URL.
 *
 * @param places - folders and URLs; empty: all is allowed
 * @throws DdpmError `ERR_DDPM_INPUT` if it is not; RangeError for a URL of an unknown scheme
 */
export function assertAllowed(location: string, places: readonly string[]): void {
  if (places.length === 0 || places.some((place) => isWithin(location, place))) return;
  const names = places.map(shownLocation).join(', ');
  const what = `${shownLocation(location)} is outside of what --allow names (${names})`;
  throw new DdpmError('ERR_DDPM_INPUT', `${what}; it was not touched`);
}

function isWithin(location: string, place: string): boolean {
  if (schemeOf(location) !== schemeOf(place)) return false;
  if (isLocal(location)) {
    const way = relative(realPath(resolve(localPath(place))), realPath(resolve(localPath(location))));
    return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
  }
  const [url, start] = [urlKey(location), urlKey(place)];
  if (/\/\.\.?(\/|$)/.test(url)) return false; // a key of an object; who knows what a server makes of it
  return url === start || url.startsWith(start.endsWith('/') ? start : `${start}/`);
}
