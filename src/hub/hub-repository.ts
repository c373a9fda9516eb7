/** A model's repository on the hub, at one commit. */
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { defined } from '../base/defined.ts';
import { DdpmError } from '../base/errors.ts';
import type { RequestLimits } from '../storage/http/http-request.ts';
import { makeFolder } from '../storage/make-folder.ts';
import { assertReadable, MAX_INPUT_BYTES } from '../storage/read-limit.ts';
import type { Checksum } from './file-checksum.ts';
import { type HubAccess, hubAccess } from './hub-access.ts';
import { hubFailure } from './hub-failure.ts';
import { type HubLibrary, hubFetch, loadHubLibrary } from './hub-library.ts';
import { type HubReference, parseHubReference } from './hub-reference.ts';
import { downloadFile } from './resumed-download.ts';

/** How a repository is read. */
export interface RepositoryOptions {
  readonly signal?: AbortSignal;
  /** Told of each part of a file that comes. */
  readonly onBytes?: (file: string, bytes: number, size: number) => void;
  /** Default: a minute of silence, half a second before the second try. */
  readonly limits?: RequestLimits;
}

/** A file as the hub describes it. */
interface ListedFile {
  /** Length in bytes. */
  readonly size: number;
  readonly checksum: Checksum;
}

const LIMITS: RequestLimits = { stallMs: 60_000, retryMs: 500 };
const COMMIT = /^[0-9a-f]{40}$/;
const SHA256 = /^[0-9a-f]{64}$/;

/** Some files of a repository, which are downloaded when they are asked for. */
export class HubRepository {
  readonly reference: HubReference;
  /** The commit that the revision names, 40 hexadecimal digits. */
  readonly commit: string;
  /** Folder of this machine with what was downloaded of this commit. */
  readonly folder: string;
  readonly #access: HubAccess;
  readonly #files: ReadonlyMap<string, ListedFile>;
  readonly #options: RepositoryOptions;

  constructor(
    reference: HubReference,
    access: HubAccess,
    listing: { readonly commit: string; readonly files: ReadonlyMap<string, ListedFile> },
    options: RepositoryOptions,
  ) {
    const { XDG_CACHE_HOME: cache } = process.env;
    const { owner, name } = reference;
    const { commit, files } = listing;
    this.reference = reference;
    this.commit = commit;
    this.folder = resolve(cache || join(homedir(), '.cache'), 'ddpm-codec', 'hub', owner, name, commit);
    this.#access = access;
    this.#files = files;
    this.#options = options;
  }

  /** Whether a file is there, of those that were asked for when the repository was opened. */
  has(path: string): boolean {
    return this.#files.has(path);
  }

  /**
   * Downloads a file, or what an earlier download has left of it.
   *
   * @returns its path on this machine
   * @throws DdpmError `ERR_DDPM_MODEL_MISSING` if it cannot be had, `ERR_DDPM_LIMIT` if it has more than 2 GiB,
   *   `ERR_DDPM_MODEL_CORRUPT` for a wrong checksum, `ERR_DDPM_OUTPUT`; `signal.reason` if aborted
   */
  async download(path: string): Promise<string> {
    const { endpoint, authorization } = this.#access;
    const { owner, name, text } = this.reference;
    const { signal, onBytes, limits = LIMITS } = this.#options;
    const file = this.#files.get(path);
    if (file === undefined) throw new DdpmError('ERR_DDPM_MODEL_MISSING', `${text} has no ${path}`);
    const { size, checksum } = file;
    assertReadable(`${path} of ${text}`, size, MAX_INPUT_BYTES);
    const target = join(this.folder, path);
    makeFolder(dirname(target));
    const url = `${endpoint}/${owner}/${name}/resolve/${this.commit}/${path}`;
    const progress = (bytes: number): void => onBytes?.(path, bytes, size);
    try {
      const remote = { url, size, checksum, ...defined({ authorization }) };
      await downloadFile(target, remote, { limits, onBytes: progress, ...defined({ signal }) });
    } catch (cause) {
      if (signal?.aborted) throw signal.reason;
      throw hubFailure(cause, this.reference, this.#access, path);
    }
    return target;
  }
}

/**
 * Asks the hub for the commit that a reference names, and which of some files it has. Uses `HF_ENDPOINT`, `HF_TOKEN` and
 * `XDG_CACHE_HOME` of the environment.
 *
 * @param text - `hf:owner/name` or `hf:owner/name@revision`
 * @param paths - of the files that may be wanted; nothing else of the repository is asked for
 * @throws RangeError if the reference is none; DdpmError `ERR_DDPM_DEPENDENCY` if the package @huggingface/hub is missing,
 *   `ERR_DDPM_INPUT` for a wrong environment, `ERR_DDPM_MODEL_MISSING` if there is no such repository, it may not be read, or
 *   the hub cannot be reached; `signal.reason` if aborted
 */
export async function openRepository(
  text: string,
  paths: readonly string[],
  options: RepositoryOptions = {},
): Promise<HubRepository> {
  const reference = parseHubReference(text);
  const access = hubAccess(process.env);
  const library = await loadHubLibrary();
  try {
    const listing = await listFiles(library, reference, access, paths, options);
    return new HubRepository(reference, access, listing, options);
  } catch (cause) {
    if (options.signal?.aborted) throw options.signal.reason;
    throw hubFailure(cause, reference, access);
  }
}

async function listFiles(
  { modelInfo, pathsInfo }: HubLibrary,
  reference: HubReference,
  access: HubAccess,
  paths: readonly string[],
  { signal, limits = LIMITS }: RepositoryOptions,
): Promise<{ commit: string; files: Map<string, ListedFile> }> {
  const name = `${reference.owner}/${reference.name}`;
  const common = { hubUrl: access.endpoint, fetch: hubFetch(access, limits, signal) };
  const revision = { ...common, name, revision: reference.revision, additionalFields: ['sha' as const] };
  const { sha } = await understood(modelInfo(revision));
  if (typeof sha !== 'string' || !COMMIT.test(sha)) throw new SyntaxError('its answer names no commit');
  const found = await understood(pathsInfo({ ...common, repo: name, revision: sha, paths: [...paths] }));
  const files = found
    .filter(({ path, type }) => type === 'file' && paths.includes(path))
    .map((file) => [file.path, listed(file)] as const);
  return { commit: sha, files: new Map(files) };
}

/** Checks what the hub says of a file. */
function listed({ path, size, oid, lfs }: Awaited<ReturnType<HubLibrary['pathsInfo']>>[number]): ListedFile {
  const inLargeStorage = lfs !== undefined && lfs !== null;
  const value = inLargeStorage ? lfs.oid : oid;
  const bytes = inLargeStorage ? lfs.size : size;
  if (!Number.isSafeInteger(bytes) || bytes < 0) throw new SyntaxError(`its answer gives no size of ${path}`);
  if (typeof value !== 'string' || !(inLargeStorage ? SHA256 : COMMIT).test(value)) {
    throw new SyntaxError(`its answer gives no checksum of ${path}`);
  }
  return { size: bytes, checksum: { kind: inLargeStorage ? 'sha256' : 'git', value } };
}

/** The client takes answers as they should be; what it throws where they are not says nothing to anyone. */
async function understood<T>(result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (cause) {
    if (!(cause instanceof TypeError) || cause.cause !== undefined) throw cause;
    throw new SyntaxError('its answer is not that of a hub');
  }
}
