/** onnxruntime-web, an optional peer that is loaded when a network is opened. It runs on WebAssembly alone. */
import { missingPeer } from '../base/missing-package.ts';

/** The package. */
export type OnnxRuntime = typeof import('onnxruntime-web');

/**
 * Loads the package.
 *
 * @param threads - of all networks of this process; only the first call decides
 * @throws DdpmError `ERR_DDPM_DEPENDENCY` naming the command that installs the package, if it is missing
 */
export async function loadOnnxRuntime(threads: number): Promise<OnnxRuntime> {
  const runtime = await importRuntime();
  runtime.env.logLevel = 'fatal'; // what is worth telling comes as an error
  runtime.env.wasm.numThreads ??= threads;
  return runtime;
}

async function importRuntime(): Promise<OnnxRuntime> {
  try {
    // Browsers get another build than Node (package.json, "imports").
    // @ts-expect-error: the package declares its types under its own name alone
    return await import('#onnxruntime');
  } catch (cause) {
    throw missingPeer('ONNX networks need', 'onnxruntime-web', cause);
  }
}
