/** Where inputs are read and outputs are written: the file system, web servers, object storage. */

/** An input as a listing finds it. */
export interface Entry {
  /** Path or URL, as the user would give it. */
  readonly location: string;
  /** Bytes; 0 if not known. */
  readonly size: number;
  /**
   * Changes when the content does: the ETag of an object, the time of the last change of a file. Empty if not known: the
   * input was named and not found by a listing (ask `stat`), or the server does not tell.
   */
  readonly version: string;
}

/** What to do with an existing output. */
export interface WriteOptions {
  /** True: replace it; false: throw an error. */
  readonly replace: boolean;
  /** What to do about an existing output that must stay, for the message; default: leave out `--no-clobber`. */
  readonly remedy?: string;
  readonly signal?: AbortSignal;
}

/** A place that holds inputs and outputs, named by locations of one scheme. */
export interface Store {
  /**
   * Lists what a location or a pattern names, without keeping more than a page of it.
   *
   * @throws DdpmError `ERR_DDPM_INPUT` if it cannot be listed
   */
  list(pattern: string): AsyncIterable<Entry>;

  /**
   * Size and version of what is there; undefined if nothing is.
   *
   * @throws DdpmError `ERR_DDPM_INPUT` if it cannot be asked
   */
  stat(location: string, signal?: AbortSignal): Promise<Entry | undefined>;

  /**
   * Yields the bytes as they arrive. Ending the iteration ends the download.
   *
   * @throws DdpmError `ERR_DDPM_INPUT` if it cannot be read
   */
  read(location: string, signal?: AbortSignal): AsyncIterable<Uint8Array>;

  /**
   * Writes a whole output: it is there with all its bytes, or not at all.
   *
   * @throws DdpmError `ERR_DDPM_OUTPUT` if it exists without `replace`, or cannot be written
   */
  write(location: string, data: Uint8Array, options: WriteOptions): Promise<void>;

  /**
   * Checks before a long computation that an output can be written, as far as that can be known.
   *
   * @throws DdpmError `ERR_DDPM_OUTPUT` if it cannot
   */
  assertWritable(location: string, options: WriteOptions): Promise<void>;
}
