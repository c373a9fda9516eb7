import { setWasmPaths, version_wasm } from '@tensorflow/tfjs-backend-wasm';
import { env } from '@tensorflow/tfjs-core';
import { registerConvolution } from '../convolution/wasm-convolution.ts';
import { hasArithmetic } from '../photo-net/program/network-module.ts';
import type { Backend, BackendOptions } from './backend.ts';
import { startTfjsBackend } from './tfjs-backend.ts';

/** The part of Node's `process` that is used here. Browsers have no `process`. */
interface ProcessEvents {
  listeners(event: string): ((...values: unknown[]) => void)[];
  removeListener(event: string, listener: (...values: unknown[]) => void): unknown;
}

/**
 * Starts the WebAssembly backend. With SIMD, results do not depend on the machine: WebAssembly's arithmetic is exact
 * IEEE 754, and XNNPACK's kernels for x86 and for ARM add in the same order. The build without SIMD gives other results
 * (docs/portability.md).
 */
export async function startWasm({ wasmPaths }: BackendOptions = {}): Promise<Backend> {
  if (wasmPaths !== undefined) setWasmPaths(wasmPaths);
  // Browsers would take the library's build for threads in a page that is cross-origin isolated. It sends the source of a function to
  // its threads, in which a minifier has renamed what the function refers to: then it waits for them for ever.
  env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  const simd = await env().getAsync('WASM_HAS_SIMD_SUPPORT');
  const vectors = simd ? `SIMD${hasArithmetic('fused') ? ', fused multiply-add (relaxed SIMD)' : ''}` : 'no SIMD';
  const removeNewListeners = watchProcessListeners();
  try {
    const backend = await startTfjsBackend({
      name: 'wasm',
      description: `@tensorflow/tfjs-backend-wasm ${version_wasm}, ${vectors}`,
      portable: simd === true,
    });
    if (simd) registerConvolution();
    return backend;
  } finally {
    removeNewListeners();
  }
}

/**
 * In Node, Emscripten's start-up code adds process listeners that rethrow uncaught errors, so that every crash of the
 * program prints a page of generated code and exits with code 7.
 *
 * @returns a function that removes these listeners, and no others
 */
function watchProcessListeners(): () => void {
  const process = (globalThis as { process?: Partial<ProcessEvents> }).process;
  if (typeof process?.listeners !== 'function' || typeof process.removeListener !== 'function') {
    return () => {};
  }
  const { listeners, removeListener } = process as ProcessEvents;
  const events = ['uncaughtException', 'unhandledRejection'];
  const before = new Set(events.flatMap((event) => listeners.call(process, event)));
  return () => {
    for (const event of events) {
      for (const listener of listeners.call(process, event)) {
        if (!before.has(listener) && /ExitStatus|throw reason/.test(String(listener))) {
          removeListener.call(process, event, listener);
        }
      }
    }
  };
}
