/**
 * The WebAssembly modules of the network (assembly/network): one source, built for two arithmetics.
 *
 * - `exact`: a product and its sum are rounded one after the other. The same bits on every machine.
 * - `fused`: relaxed SIMD, whose multiply-adds are rounded once where the processor can. Faster on processors that multiply
 *   and add in one instruction at the same rate as either; the last bits of results depend on the machine.
 */
import { embeddedModule } from '../../../base/embedded-wasm.ts';
import { NETWORK_EXACT_BASE64 } from './network-exact-bytes.ts';
import { NETWORK_FUSED_BASE64 } from './network-fused-bytes.ts';

/** How products are added up. */
export type Arithmetic = 'exact' | 'fused';

/** Exports of a module. */
export interface NetworkKernel {
  /** Takes part in a run: see assembly/network/program.ts. */
  run(operations: number, count: number, counters: number, scratch: number): void;
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

/** Starts a module on a memory; undefined where this machine cannot run it. */
export function startKernel(arithmetic: Arithmetic, memory: WebAssembly.Memory): NetworkKernel | undefined {
  const module = modules[arithmetic]();
  return module && (new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as NetworkKernel);
}
