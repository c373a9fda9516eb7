import { version_wasm } from '@tensorflow/tfjs-backend-wasm';
import { env } from '@tensorflow/tfjs-core';
import type { Backend } from '../backend.ts';
import { startTfjsBackend } from './tfjs-backend.ts';

/** The part of Node's `process` used here; absent in a browser. */
interface ProcessEvents {
  listeners(event: string): ((...values: unknown[]) => void)[];
  removeListener(event: string, listener: (...values: unknown[]) => void): unknown;
}

/** Starts WebAssembly. Results do not depend on the machine: WebAssembly's arithmetic, including SIMD, is exact IEEE 754. */
export async function startWasm(): Promise<Backend> {
  const simd = await env().getAsync('WASM_HAS_SIMD_SUPPORT');
  const restore = watchProcessListeners();
  try {
    return await startTfjsBackend({
      name: 'wasm',
      description: `@tensorflow/tfjs-backend-wasm ${version_wasm}, ${simd ? 'SIMD' : 'no SIMD'}`,
      portable: true,
    });
  } finally {
    restore();
  }
}

/**
 * In Node, Emscripten's start-up adds listeners that throw uncaught errors again, so that every crash of the program prints
 * a page of generated code and exits with 7. The function returned here removes those, and only those.
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
