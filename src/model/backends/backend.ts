/**
 * Where the arithmetic of a network runs.
 *
 * - `wasm`: WebAssembly with SIMD, one thread. The default, and the only one whose results are the same on every machine.
 * - `cpu`: plain JavaScript. Much slower; for places without WebAssembly and for checks.
 * - `tensorflow`: native TensorFlow in Node, with a GPU if `@tensorflow/tfjs-node-gpu` is installed. Optional packages.
 */
export type BackendName = 'wasm' | 'cpu' | 'tensorflow';

/** A running tensor backend: everything a network needs to compute with tfjs-core. Made by `openBackend`. */
export interface Backend {
  readonly name: BackendName;
  /** Package, version and what matters for speed, on one line. */
  readonly description: string;
  /** True if the same inputs give the same bits on every machine, so that streams can be exchanged. */
  readonly portable: boolean;
  /**
   * Selects this backend, runs `graph` inside `tf.tidy`, and selects again what was selected before, all in one tick: tfjs
   * keeps the selection in one global, so `graph` must be synchronous. Read the result with `tensor.data()` afterwards.
   *
   * @param graph - builds tensors with tfjs-core; what it does not return (or `tf.keep`) is disposed
   * @returns what `graph` returned; its tensors belong to the caller
   * @throws DdpmError `ERR_DDPM_BACKEND` if the backend was removed or replaced in tfjs since it was opened
   */
  run<T>(graph: () => T): T;
}

/** Options of `openBackend`. They count when a backend starts, which it does once in a process or page. */
export interface BackendOptions {
  /**
   * For `wasm` in a browser: where the .wasm files of `@tensorflow/tfjs-backend-wasm` are served. A folder, with the slash at its
   * end, or the URL of each file by its name, as `setWasmPaths` of that package takes them. Default: the folder of the page. In Node
   * they are read from the package.
   */
  readonly wasmPaths?: string | Readonly<Record<string, string>>;
}

/** What `listBackends` says of one backend. */
export interface BackendInfo {
  readonly name: BackendName;
  /** True if it could be opened here. */
  readonly available: boolean;
  /** {@link Backend.description}, or why it cannot be opened. */
  readonly description: string;
  /** {@link Backend.portable}. */
  readonly portable: boolean;
}
