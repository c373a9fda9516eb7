/** Keeps the memory of the pictures at work below a limit. */
import { DdpmError } from '../base/errors.ts';

/** Takes a share of the memory, and waits for it if need be. */
export class MemoryBudget {
  readonly #limit: number;
  readonly #line: { readonly bytes: number; start(): void }[] = [];
  #used = 0;

  /** @param limit - in bytes; Infinity for none */
  constructor(limit: number = Number.POSITIVE_INFINITY) {
    this.#limit = limit;
  }

  /** Whether there is no limit, so that nothing needs to be estimated. */
  get isOpen(): boolean {
    return this.#limit === Number.POSITIVE_INFINITY;
  }

  /** Whether a picture waits for its share. */
  get hasLine(): boolean {
    return this.#line.length > 0;
  }

  /**
   * Waits until there is room for a picture, after those that came before it.
   *
   * @param bytes - what the picture needs, by estimate
   * @param name - of the picture, for the message
   * @returns a function that gives the share back
   * @throws DdpmError `ERR_DDPM_LIMIT` if the picture alone needs more than there is; the signal's reason if it aborts first
   */
  async take(bytes: number, name: string, signal?: AbortSignal): Promise<() => void> {
    if (bytes > this.#limit) {
      const needed = `${name}: the picture takes about ${megabytes(bytes)} of memory`;
      const remedy = 'raise --limit-memory, or give the job to a larger machine';
      throw new DdpmError('ERR_DDPM_LIMIT', `${needed}, more than this worker's ${megabytes(this.#limit)}; ${remedy}`);
    }
    signal?.throwIfAborted();
    if (this.hasLine || this.#used + bytes > this.#limit) await this.#turn(bytes, signal);
    else this.#used += bytes;
    let given = false;
    return () => {
      if (given) return;
      given = true;
      this.#used -= bytes;
      this.#startNext();
    };
  }

  #turn(bytes: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#line.splice(this.#line.indexOf(entry), 1);
        reject(signal?.reason);
        this.#startNext();
      };
      const entry = {
        bytes,
        start: (): void => {
          signal?.removeEventListener('abort', abort);
          resolve();
        },
      };
      this.#line.push(entry);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  #startNext(): void {
    for (let next = this.#line[0]; next && this.#used + next.bytes <= this.#limit; next = this.#line[0]) {
      this.#line.shift();
      this.#used += next.bytes;
      next.start();
    }
  }
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}
