/**
 * The WebAssembly modules of the network (assembly/network): one source, built for two arithmetics.
 *
 * - `exact`: a product and its sum are rounded one after the other. The same bits on every machine.
 * - `fused`: relaxed SIMD, whose multiply-adds are rounded once where the processor can. Faster on processors that multiply
 *   and add in one instruction at the same rate as either; the last bits of results depend on the machine.
 */

import { embeddedModule } from '../../../base/embedded-wasm.ts';
import { DdpmError } from '../../../base/errors.ts';
import { NETWORK_EXACT_BASE64 } from './network-exact-bytes.ts';
import { NETWORK_FUSED_BASE64 } from './network-fused-bytes.ts';

/** How products are added up. */
export type Arithmetic = 'exact' | 'fused';

/** Exports of a module. */
export interface NetworkKernel {
  /** Takes part in a run: see assembly/network/program.ts. */
  run(operations: number, count: number, counters: number, scratch: number, state: number): number;
  /** Transforms a 3x3 filter for tiles of `side` outputs: see assembly/network/filters.ts. */
  transformFilter(filter: number, channels: number, outputs: number, side: number, to: number): void;
}

const modules: Readonly<Record<Arithmetic, () => WebAssembly.Module | undefined>> = {
  exact: embeddedModule(NETWORK_EXACT_BASE64),
  fused: embeddedModule(NETWORK_FUSED_BASE64),
};

/** Whether this machine can run the network's module for an arithmetic. It is validated, never assumed. */
export function hasArithmetic(arithmetic: Arithmetic): boolean {
  return modules[arithmetic]() !== undefined;
}

/** This thread's instances of the modules on a memory, started when they are first needed. */
export class NetworkKernels {
  readonly #memory: WebAssembly.Memory;
  readonly #started: Map<Arithmetic, NetworkKernel> = new Map();

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
  }

  /** @throws DdpmError `ERR_DDPM_BACKEND` if this machine cannot run the module */
  get(arithmetic: Arithmetic): NetworkKernel {
    const started = this.#started.get(arithmetic);
    if (started) return started;
    const module = modules[arithmetic]();
    if (!module) throw new DdpmError('ERR_DDPM_BACKEND', `no WebAssembly with SIMD for the ${arithmetic} network`);
    const { exports } = new WebAssembly.Instance(module, { env: { memory: this.#memory } });
    const kernel = exports as unknown as NetworkKernel;
    this.#started.set(arithmetic, kernel);
    return kernel;
  }
}
