/** Keeps a million inputs and outputs apart in little memory. */
import { lstatSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { CompactMap } from '../../batch/compact-map.ts';
import { isLocal, localPath, urlKey } from '../../storage/location.ts';
import { realPath } from '../../storage/real-path.ts';
import { contentKey } from './same-file.ts';

/** Flags of an entry: it is an input; it has been taken. */
const LISTED = 1;
const TAKEN = 2;
/** Flags of what is behind a location: it is read; it is written; an output has this name. */
const READ = 1;
const WRITTEN = 2;
const NAMED = 4;

/** Folders whose real path is kept. */
const KEPT_FOLDERS = 1000;

/** Real paths of folders; those of the last ones are kept. */
class RealFolders {
  readonly #known = new Map<string, string>();

  of(folder: string): string {
    const known = this.#known.get(folder);
    if (known !== undefined) return known;
    if (this.#known.size >= KEPT_FOLDERS) this.#known.clear();
    const real = realPath(folder);
    this.#known.set(folder, real);
    return real;
  }
}

/**
 * What will be read and written, by whatever names: links, hard links, and the ways to write one URL. Keeps hashes, some 13 bytes for each of the
 * three or four keys of a job.
 */
export class PathRegister {
  readonly #flags = new CompactMap();
  readonly #folders = new RealFolders();

  /**
   * Notes an input. A link to a file is an input of its own.
   *
   * @returns false if it was noted before
   */
  addInput(location: string): boolean {
    return this.#raise(this.#entryKey(location), LISTED);
  }

  /**
   * Takes an input that was noted.
   *
   * @returns false if it was not noted, or is taken
   */
  take(location: string): boolean {
    const key = this.#entryKey(location);
    return this.#flags.get(key) !== undefined && this.#raise(key, TAKEN);
  }

  /**
   * Notes a file that is read.
   *
   * @returns false if it is one that is written
   */
  addRead(location: string): boolean {
    const key = this.contentKey(location);
    if (key === undefined) return true;
    this.#raise(key, READ);
    return !this.#has(key, WRITTEN);
  }

  /**
   * Notes an output.
   *
   * @returns what hinders it: it is `read`, or another output has its name (`written`)
   */
  addWritten(location: string): 'read' | 'written' | undefined {
    const [content, name] = [this.contentKey(location), this.nameKey(location)];
    if (content !== undefined) this.#raise(content, WRITTEN);
    if (content !== undefined && this.#has(content, READ)) return 'read';
    return this.#raise(name, NAMED) ? undefined : 'written';
  }

  /** Equal for all locations of one content; undefined for devices and pipes, which writing does not destroy. */
  contentKey(location: string): string | undefined {
    return contentKey(location, (name) => this.nameKey(name));
  }

  /** Equal for all names under which an output would be written to one place. */
  nameKey(location: string): string {
    if (!isLocal(location)) return `name ${urlKey(location)}`;
    const path = resolve(localPath(location));
    return `name ${isLink(path) ? realPath(path) : this.#inRealFolder(path)}`;
  }

  #entryKey(location: string): string {
    return `entry ${isLocal(location) ? this.#inRealFolder(resolve(localPath(location))) : urlKey(location)}`;
  }

  #inRealFolder(path: string): string {
    return join(this.#folders.of(dirname(path)), basename(path));
  }

  #has(key: string, flag: number): boolean {
    return ((this.#flags.get(key) ?? 0) & flag) !== 0;
  }

  /** Sets a flag; false if it was set. */
  #raise(key: string, flag: number): boolean {
    const flags = this.#flags.get(key) ?? 0;
    if (flags & flag) return false;
    this.#flags.set(key, flags | flag);
    return true;
  }
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  } catch {
    return false;
  }
}
