/** Memory of a network, which threads can share: areas are reserved once and stay where they are. */
import { DdpmError } from '../../../base/errors.ts';

const PAGE = 65536;
/** Most pages that WebAssembly can address: 4 GiB. Memory that is reserved and not used costs nothing. */
const MOST_PAGES = 65536;
/** Bytes that WebAssembly can address. */
export const ADDRESSABLE_BYTES: number = MOST_PAGES * PAGE;
/** Areas start at multiples of a cache line. */
const ALIGNMENT = 64;

/**
 * Makes a memory reach up to an address. Threads may do so at the same time.
 *
 * @throws DdpmError `ERR_DDPM_BACKEND` if it does not fit into 4 GiB or the machine has no memory left
 */
export function extendMemory(memory: WebAssembly.Memory, end: number): void {
  for (;;) {
    const bytes = memory.buffer.byteLength;
    if (end <= bytes) return;
    try {
      memory.grow(Math.ceil((end - bytes) / PAGE));
    } catch (cause) {
      // Another thread may have taken the pages.
      if (memory.buffer.byteLength !== bytes) continue;
      const message = `the network needs ${Math.ceil(end / 2 ** 20)} MiB; this machine or WebAssembly has less`;
      throw new DdpmError('ERR_DDPM_BACKEND', message, { cause });
    }
  }
}

/** Reserves areas of a WebAssembly memory, one after the other. */
export class NetworkMemory {
  readonly memory: WebAssembly.Memory = new WebAssembly.Memory({ initial: 1, maximum: MOST_PAGES, shared: true });
  /** The first area starts above address 0, which the program reads as "none". */
  #end = PAGE;

  /**
   * Reserves an area, filled with zeros.
   *
   * @returns its address, a multiple of 64
   * @throws DdpmError `ERR_DDPM_BACKEND` as {@link extendMemory}
   */
  reserve(bytes: number): number {
    const at = this.#end;
    this.#end = at + Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    extendMemory(this.memory, this.#end);
    return at;
  }
}
