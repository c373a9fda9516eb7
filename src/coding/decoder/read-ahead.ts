/** Reads a source while its consumer is busy. */

/** Takes chunks as they come. */
export class ReadAhead {
  #chunks = 0;
  #seen = 0;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;
  #wake: () => void = () => {};

  /**
   * @param source - read until it ends, or `take` throws
   * @param take - receives each chunk at once
   */
  constructor(source: AsyncIterable<Uint8Array>, take: (chunk: Uint8Array) => void) {
    void this.#read(source, take);
  }

  async #read(source: AsyncIterable<Uint8Array>, take: (chunk: Uint8Array) => void): Promise<void> {
    try {
      for await (const chunk of source) {
        take(chunk);
        this.#chunks++;
        this.#wake();
      }
    } catch (error) {
      this.#failure = { error };
    }
    this.#ended = true;
    this.#wake();
  }

  /**
   * Waits until chunks have come since the last call, the source has ended, or a time has passed.
   *
   * @param ms - longest time to wait; default: no limit
   * @returns false once the source has ended
   * @throws the error of the source or of `take`
   */
  async more(ms?: number): Promise<boolean> {
    if (this.#chunks === this.#seen && !this.#ended) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        if (ms !== undefined) timer = setTimeout(resolve, ms);
      });
      clearTimeout(timer);
    }
    if (this.#failure) throw this.#failure.error;
    this.#seen = this.#chunks;
    return !this.#ended;
  }
}
