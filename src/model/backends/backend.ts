/**
 * The tensor backend that runs a network.
 *
 * - `wasm`: WebAssembly with SIMD, one thread. The default, and the only one whose results are the same on every
 *   machine.
 * - `cpu`: plain JavaScript. Much slower; for environments without WebAssembly, and for checks.
 * - `tensorflow`: native TensorFlow in Node, on a GPU if `@tensorflow/tfjs-node-gpu` is installed. Needs an optional
 *   package.
 * - `webgpu`: the graphics processor, by WebGPU: in browsers that have it, and in Node with the optional package `webgpu`. Models of
 *   the default architecture only.
 */
export type BackendName = 'wasm' | 'cpu' | 'tensorflow' | 'webgpu';

/** A running tensor backend, on which a network computes with tfjs-core. Made by `openBackend`. */
export interface Backend {
  readonly name: BackendName;
  /** One line: package, version, and properties that affect speed. */
  readonly description: string;
  /** True if equal inputs give results that are equal to the bit on every machine, so that streams can be exchanged. */
  readonly portable: boolean;
  /**
   * Selects this backend, runs `graph` inside `tf.tidy`, and restores the previous selection. `graph` must be
   * synchronous, because tfjs keeps the selection in a global variable. Read the results with `tensor.data()`
   * afterwards.
   *
   * @param graph - builds tensors with tfjs-core; tensors that it neither returns nor marks with `tf.keep` are disposed
   * @returns the result of `graph`; the caller disposes its tensors
   * @throws DdpmError `ERR_DDPM_BACKEND` if the backend was removed or replaced in tfjs since it was opened
   */
  run<T>(graph: () => T): T;
}

/** A backend that is started only if it is needed. */
export interface BackendSource {
  readonly name: BackendName;
  /** Starts it, or returns it if it has started: see `openBackend`. */
  open(): Promise<Backend>;
}

/** Options of `openBackend`. They take effect when a backend starts, which happens once in a process or page. */
export interface BackendOptions {
  /**
   * For `wasm` in a browser: where the .wasm files of `@tensorflow/tfjs-backend-wasm` are served. Either a folder that
   * ends with a slash, or the URL of each file by file name, as for `setWasmPaths` of that package. Default: the folder
   * of the page. In Node the files are read from the package.
   */
  readonly wasmPaths?: string | Readonly<Record<string, string>>;
}

/** One entry of the result of `listBackends`. */
export interface BackendInfo {
  readonly name: BackendName;
  /** True if the backend can be opened on this machine. */
  readonly available: boolean;
  /** {@link Backend.description}, or the reason why the backend cannot be opened. */
  readonly description: string;
  /** {@link Backend.portable}. */
  readonly portable: boolean;
}
