/** onnxruntime-web, an optional peer that is loaded when a network is opened. It runs on WebAssembly alone. */
import { DdpmError } from '../base/errors.ts';
import { isNotInstalled } from '../base/missing-package.ts';

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
    const problem = isNotInstalled(cause, 'onnxruntime-web')
      ? 'is not installed'
      : `does not load: ${(cause as Error).message}`;
    const remedy = 'Install it: npm install onnxruntime-web';
    throw new DdpmError(
      'ERR_DDPM_DEPENDENCY',
      `ONNX networks need the package onnxruntime-web, which ${problem}. ${remedy}`,
      { cause },
    );
  }
}
