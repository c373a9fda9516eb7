/** Arithmetic on locations: paths, `file:`, `http:`, `https:` and `s3:` URLs. */
import { basename, dirname, extname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { statsOf } from './stats-of.ts';

/** The kinds of stores. */
export type Scheme = 'file' | 'http' | 's3';

/** A drive letter of Windows is no scheme. */
const SCHEME = /^([a-z][a-z0-9+.-]+):\/\//i;

/**
 * The kind of store that a location is in.
 *
 * @throws RangeError if it is a URL of another scheme
 */
export function schemeOf(location: string): Scheme {
  const scheme = SCHEME.exec(location)?.[1].toLowerCase();
  if (scheme === undefined || scheme === 'file') return 'file';
  if (scheme === 'http' || scheme === 'https') return 'http';
  if (scheme === 's3') return 's3';
  const known = 'a path or a URL of file:, http:, https: or s3:';
  throw new RangeError(`"location" expected ${known}, got ${shownLocation(location)}`);
}

/** Whether a location is in the file system. */
export function isLocal(location: string): boolean {
  return schemeOf(location) === 'file';
}

/**
 * A location as messages show it: without what may be secret in a URL, its user, password, query and fragment.
 */
export function shownLocation(location: string): string {
  if (!SCHEME.test(location)) return location;
  const apart = location.replace(/^([^:]+:\/\/)[^/\\?#]*@/, '$1');
  return /^https?:/i.test(apart) ? apart.replace(/[?#].*$/s, (rest) => (rest.startsWith('?') ? '?…' : '')) : apart;
}

/**
 * The path of a `file:` URL; a path as it is.
 *
 * @throws RangeError if the URL names no absolute path of this machine
 */
export function localPath(location: string): string {
  if (!/^file:\/\//i.test(location)) return location;
  try {
    return fileURLToPath(location.replace(/[?#]/g, encodeURIComponent));
  } catch (cause) {
    throw new RangeError(`"location" expected a file: URL of an absolute path of this machine, got ${location}`, {
      cause,
    });
  }
}

/** What outputs are named by. */
export interface LocationParts {
  /** Location of the folder, without a slash at the end, as far as it needs none. */
  readonly dir: string;
  /** Name without extension. */
  readonly name: string;
  /** Extension with its dot; may be empty. */
  readonly ext: string;
}

/**
 * Takes a location apart. Names in web URLs are percent-decoded. Names from URLs hold no separators of paths and are not
 * `.` or `..`, so that nobody's server chooses the folder of an output.
 */
export function locationParts(location: string): LocationParts {
  const scheme = schemeOf(location);
  if (scheme === 'file') {
    const path = localPath(location);
    return { dir: dirname(path), name: basename(path, extname(path)), ext: extname(path) };
  }
  const whole = scheme === 'http' ? webLocation(location) : location;
  const slash = whole.indexOf('/', whole.indexOf('//') + 2) < 0 ? whole.length : whole.lastIndexOf('/');
  const last = whole.slice(slash + 1);
  const file = safeSegment(scheme === 'http' ? percentDecoded(last) : last) || 'index';
  const ext = posix.extname(file);
  return { dir: whole.slice(0, slash), name: file.slice(0, file.length - ext.length), ext };
}

/**
 * The location with another extension.
 *
 * @param extension - with its dot
 */
export function withExtension(location: string, extension: string): string {
  const { dir, name, ext } = locationParts(location);
  if (schemeOf(location) === 'http') return `${dir}/${encodeURIComponent(name)}${extension}`;
  const whole = localPath(location);
  return `${whole.slice(0, whole.length - ext.length)}${extension}`;
}

/** Whether a location names a folder: it ends with a slash, is a bucket, or is a folder of the file system. */
export function isFolder(location: string): boolean {
  if (!isLocal(location)) return location.endsWith('/') || location.split('/').length === 3;
  return /[/\\]$/.test(location) || statsOf(localPath(location))?.isDirectory() === true;
}

/** The location of a name in a folder. */
export function inFolder(folder: string, name: string): string {
  return isLocal(folder) ? join(localPath(folder), name) : `${folder.replace(/\/+$/, '')}/${name}`;
}

/** Whether a location has placeholders that {@link fillTemplate} replaces. */
export function isTemplate(location: string): boolean {
  return /\{(dir|name|ext)\}/.test(location);
}

/**
 * Replaces `{dir}`, `{name}` and `{ext}` (without its dot) in a template by the parts of an input. At the beginning,
 * `{dir}` is the whole location of the folder; after other text it is, unless input and output are both in the file system,
 * its path without scheme: the bucket or host, then the folders.
 */
export function fillTemplate(template: string, input: string): string {
  const { dir, name, ext } = locationParts(input);
  const areLocal = isLocal(input) && isLocal(template);
  return template.replace(/\{(dir|name|ext)\}/g, (_, field: string, at: number) => {
    if (field === 'name') return name;
    if (field === 'ext') return ext.slice(1);
    return at === 0 || areLocal ? dir : innerFolder(dir);
  });
}

/**
 * A key that is equal for the ways to write one URL.
 *
 * @param location - a URL of `http:`, `https:` or `s3:`
 */
export function urlKey(location: string): string {
  if (schemeOf(location) === 's3') return location.replace(SCHEME, 's3://');
  const url = parsedUrl(location);
  return `${url.protocol}//${url.host}${url.pathname}${url.search}`;
}

/**
 * Parses a web URL.
 *
 * @throws RangeError if it is none
 */
export function parsedUrl(location: string): URL {
  const url = URL.canParse(location) ? new URL(location) : undefined;
  if (url?.hostname) return url;
  throw new RangeError(`"location" expected a URL with a host, got ${shownLocation(location)}`);
}

/** A web URL without user, query and fragment. */
function webLocation(location: string): string {
  const { protocol, host, pathname } = parsedUrl(location);
  return `${protocol}//${host}${pathname}`;
}

/** The folders of a location, as a relative path that stays where it is put. */
function innerFolder(dir: string): string {
  const isWeb = schemeOf(dir) === 'http';
  const path = localPath(dir).replace(SCHEME, '');
  const segments = (isLocal(dir) ? path.replaceAll('\\', '/') : path).split('/');
  const kept = segments.filter((segment) => segment !== '' && segment !== '.');
  return kept.map((segment) => safeSegment(isWeb ? percentDecoded(segment) : segment)).join('/') || '.';
}

/** A name that is one segment of a path on every system. */
function safeSegment(name: string): string {
  const safe = Array.from(name, (letter) => (/[/\\:]/.test(letter) || letter < ' ' ? '_' : letter)).join('');
  return /^\.+$/.test(safe) ? safe.replaceAll('.', '_') : safe;
}

/** A part of a URL without its percent-encoding; as it is if it has none that can be read. */
export function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
