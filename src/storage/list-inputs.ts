import { basename, dirname, join, resolve, sep } from 'node:path';
import { DdpmError } from '../base/errors.ts';
import { isFilePattern } from './file-store.ts';
import { hasWildcards, parseGlob } from './glob-pattern.ts';
import { localPath, schemeOf, shownLocation, urlKey } from './location.ts';
import { openStore } from './open-store.ts';
import { realPath } from './real-path.ts';
import type { Entry } from './store.ts';

/**
 * Lists the inputs that names and patterns stand for, each once, as a stream: memory grows with the number of patterns and
 * not with the number of inputs. Each iteration lists anew.
 *
 * A pattern has wildcards (`photos/**`, `s3://bucket/prefix/*.jpg`); web URLs have none. A path with wildcards that exists
 * stands for itself, and so does a name without wildcards, whether it exists or not: reading it tells.
 *
 * @returns entries; with version `''` and size 0 for names in remote stores, which are not asked, and for missing files
 * @throws RangeError for an empty name, or a URL of an unknown scheme
 * @throws DdpmError `ERR_DDPM_INPUT` if a pattern matches nothing, or cannot be listed
 */
export function listInputs(patterns: readonly string[]): AsyncIterable<Entry> {
  return { [Symbol.asyncIterator]: () => list(patterns) };
}

/**
 * The entry of one name, which is no pattern.
 *
 * @returns version `''` and size 0 if it is in a remote store, which is not asked, or is not there
 */
export async function namedEntry(location: string): Promise<Entry> {
  const unknown = { location: schemeOf(location) === 'file' ? localPath(location) : location, size: 0, version: '' };
  if (schemeOf(location) !== 'file') return unknown;
  // Whatever is wrong with it is told when it is read.
  const asked = (await openStore(location)).stat(location).catch(() => undefined);
  return (await asked) ?? unknown;
}

async function* list(patterns: readonly string[]): AsyncGenerator<Entry, void, void> {
  const before = new Listed();
  for (const pattern of patterns) {
    if (pattern === '') throw new RangeError('"location" expected a path or URL, got an empty one');
    if (!isPattern(pattern)) {
      const entry = await namedEntry(pattern);
      if (before.has(entry.location)) continue;
      before.addName(entry.location);
      yield entry;
      continue;
    }
    let isEmpty = true;
    for await (const entry of (await openStore(pattern)).list(pattern)) {
      isEmpty = false;
      if (!before.has(entry.location)) yield entry;
    }
    if (isEmpty) {
      const remedy = 'Check the pattern; a backslash before a wildcard takes it literally';
      throw new DdpmError('ERR_DDPM_INPUT', `cannot find ${shownLocation(pattern)}: nothing matches it. ${remedy}`);
    }
    before.addPattern(pattern);
  }
}

/** Whether an input is a pattern, and not the name of one input. */
export function isPattern(location: string): boolean {
  const scheme = schemeOf(location);
  if (scheme === 'http') return false;
  return scheme === 'file' ? isFilePattern(location) : hasWildcards(location);
}

/** What names and patterns have listed, without a list of it. */
class Listed {
  readonly #names = new Set<string>();
  readonly #keys = new LocationKeys();
  readonly #patterns: ((key: string) => boolean)[] = [];

  has(location: string): boolean {
    if (this.#names.size === 0 && this.#patterns.length === 0) return false;
    const key = this.#keys.of(location);
    return this.#names.has(key) || this.#patterns.some((matches) => matches(key));
  }

  addName(location: string): void {
    this.#names.add(this.#keys.of(location));
  }

  addPattern(pattern: string): void {
    const { base, matches } = parseGlob(localPath(pattern));
    const folder = schemeOf(pattern) === 'file' ? withSlashes(realPath(base)) : urlKey(base);
    const start = folder.endsWith('/') ? folder : `${folder}/`;
    this.#patterns.push((key) => key.startsWith(start) && matches(key.slice(start.length)));
  }
}

/** Keys that are equal for the ways to name one input. */
class LocationKeys {
  /** The folder of the last one, and its real path: listings give many of a folder, one after the other. */
  #folder: string | undefined;
  #real = '';

  of(location: string): string {
    if (schemeOf(location) !== 'file') return urlKey(location);
    const path = resolve(location);
    const folder = dirname(path);
    if (folder !== this.#folder) [this.#folder, this.#real] = [folder, realPath(folder)];
    return withSlashes(join(this.#real, basename(path)));
  }
}

function withSlashes(path: string): string {
  return path.split(sep).join('/');
}
