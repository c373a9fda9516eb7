/** Memory of a network, which threads can share: areas are reserved once and stay where they are. */
import { DdpmError } from '../../../base/errors.ts';

const PAGE = 65536;
/** Most pages that WebAssembly can address: 4 GiB. Memory that is reserved and not used costs nothing. */
const MOST_PAGES = 65536;
/** Areas start at multiples of a cache line. */
const ALIGNMENT = 64;

/** Reserves areas of a WebAssembly memory, one after the other. */
export class NetworkMemory {
  readonly memory: WebAssembly.Memory = new WebAssembly.Memory({ initial: 1, maximum: MOST_PAGES, shared: true });
  /** The first area starts above address 0, which the program reads as "none". */
  #end = PAGE;

  /**
   * Reserves an area, filled with zeros.
   *
   * @returns its address, a multiple of 64
   * @throws DdpmError `ERR_DDPM_BACKEND` if it does not fit into 4 GiB or the machine has no memory left
   */
  reserve(bytes: number): number {
    const at = this.#end;
    this.#end = at + Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    this.extend(this.#end);
    return at;
  }

  /**
   * Makes the memory reach up to an address, which may lie above all areas.
   *
   * @throws DdpmError `ERR_DDPM_BACKEND` as {@link reserve}
   */
  extend(end: number): void {
    const missing = end - this.memory.buffer.byteLength;
    if (missing <= 0) return;
    try {
      this.memory.grow(Math.ceil(missing / PAGE));
    } catch (cause) {
      const message = `the network needs ${Math.ceil(end / 2 ** 20)} MiB; this machine or WebAssembly has less`;
      throw new DdpmError('ERR_DDPM_BACKEND', message, { cause });
    }
  }
}
