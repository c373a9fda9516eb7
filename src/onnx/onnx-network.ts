/** Networks in ONNX files that the user brings. */
import type { InferenceSession, Tensor } from 'onnxruntime-web';
import { checkBytes, checkNumber, formatValue } from '../base/check-options.ts';
import { DdpmError } from '../base/errors.ts';
import { loadOnnxRuntime, type OnnxRuntime } from './onnx-runtime.ts';

/** Numbers in row-major order. */
export interface OnnxTensor {
  /** As many as the product of `shape`. */
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** An input or output of a network. */
export interface OnnxPort {
  readonly name: string;
  /** Sizes; null stands for any size. */
  readonly shape: readonly (number | null)[];
  /** `float32`: networks with others are not opened. */
  readonly type: string;
}

/** A network that is ready to run. */
export interface OnnxNetwork {
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
  /**
   * Runs the network. Blocks this thread while it computes.
   *
   * @param inputs - as many as `this.inputs`, in the same order, of their shapes
   * @returns as many as `this.outputs`, in the same order
   * @throws TypeError or RangeError if the inputs are others; DdpmError `ERR_DDPM_MODEL_CORRUPT` if the network fails on them,
   *   `ERR_DDPM_LIMIT` if it needs more memory than WebAssembly has (4 GiB)
   */
  run(inputs: readonly OnnxTensor[]): Promise<OnnxTensor[]>;
  /** Frees the memory of the network. It cannot be run afterwards. */
  close(): Promise<void>;
}

/** How a network is opened. */
export interface OnnxOptions {
  /** Names the network in error messages: its file or URL. */
  readonly source: string;
  /**
   * Threads that compute, 1..64; of all networks of this process: the first that is opened decides. Browsers need a page that is
   * cross-origin isolated for more than one. Default: 1.
   */
  readonly threads?: number;
}

/** Most threads of networks. */
export const MAX_ONNX_THREADS = 64;
/** Longest part of the runtime's message that is passed on, in UTF-16 units. */
const MAX_REASON = 300;

/**
 * Opens an ONNX network. It can only compute: it reaches neither files nor the network, and one that names files with weights is
 * refused. How long it computes is up to it, so open only networks of people whom you trust to that extent.
 *
 * @param model - an ONNX file (`ModelProto`) with all its weights
 * @throws TypeError or RangeError if an argument is wrong; DdpmError `ERR_DDPM_MODEL_CORRUPT` if it is no ONNX model, needs
 *   operators that onnxruntime-web lacks, has its weights in other files, or inputs or outputs that are not float32;
 *   `ERR_DDPM_LIMIT` if it needs more memory than WebAssembly has (4 GiB); `ERR_DDPM_DEPENDENCY` without the package
 *   onnxruntime-web
 */
export async function openOnnxNetwork(model: Uint8Array, options: OnnxOptions): Promise<OnnxNetwork> {
  checkBytes('model', model);
  const { source, threads = 1 } = options;
  if (typeof source !== 'string') throw new TypeError(`"source" expected string, got ${formatValue(source)}`);
  checkNumber('threads', threads, { min: 1, max: MAX_ONNX_THREADS, integer: true });
  const runtime = await loadOnnxRuntime(threads);
  const session = await createSession(runtime, model, source);
  try {
    const ports = (list: InferenceSession['inputMetadata']): OnnxPort[] => list.map((value) => portOf(value, source));
    const [inputs, outputs] = [ports(session.inputMetadata), ports(session.outputMetadata)];
    return new SessionNetwork(runtime, session, source, inputs, outputs);
  } catch (error) {
    await session.release();
    throw error;
  }
}

/** A shape as messages show it; `?` stands for any size. */
export function formatShape(shape: readonly (number | null)[]): string {
  return `[${shape.map((size) => size ?? '?').join(', ')}]`;
}

class SessionNetwork implements OnnxNetwork {
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
  readonly #runtime: OnnxRuntime;
  readonly #source: string;
  #session: InferenceSession | undefined;

  constructor(
    runtime: OnnxRuntime,
    session: InferenceSession,
    source: string,
    inputs: readonly OnnxPort[],
    outputs: readonly OnnxPort[],
  ) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.#runtime = runtime;
    this.#session = session;
    this.#source = source;
  }

  async run(inputs: readonly OnnxTensor[]): Promise<OnnxTensor[]> {
    const session = this.#session;
    if (!session) throw new TypeError('"network" expected one that is open; this one was closed');
    checkInputs(inputs, this.inputs, this.#source);
    const { Tensor } = this.#runtime;
    const feeds = Object.fromEntries(
      inputs.map(({ data, shape }, i) => [this.inputs[i].name, new Tensor('float32', data, shape)]),
    );
    let results: InferenceSession.OnnxValueMapType;
    try {
      results = await session.run(feeds, { logSeverityLevel: 4 });
    } catch (cause) {
      const shapes = inputs.map(({ shape }) => formatShape(shape)).join(', ');
      throw failure(`${this.#source}: the network fails on inputs of shape ${shapes}`, cause);
    }
    return this.outputs.map(({ name }) => {
      const { data, dims } = results[name] as Tensor;
      return { data: data as Float32Array, shape: dims };
    });
  }

  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.release();
  }
}

async function createSession(
  { InferenceSession }: OnnxRuntime,
  model: Uint8Array,
  source: string,
): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(model, { executionProviders: ['wasm'], logSeverityLevel: 4 });
  } catch (cause) {
    throw failure(`${source}: cannot be opened as an ONNX network`, cause);
  }
}

function portOf(value: InferenceSession['inputMetadata'][number], source: string): OnnxPort {
  const type = value.isTensor ? value.type : 'no tensor';
  if (!value.isTensor || type !== 'float32') {
    throw new DdpmError(
      'ERR_DDPM_MODEL_CORRUPT',
      `${source}: "${value.name}" is ${type}; export the network with inputs and outputs of float32 alone`,
    );
  }
  // Sizes that have a name or none (a negative number) are not fixed.
  const shape = value.shape.map((size) => (typeof size === 'number' && size >= 0 ? size : null));
  return { name: value.name, shape, type };
}

function checkInputs(inputs: readonly OnnxTensor[], ports: readonly OnnxPort[], source: string): void {
  if (inputs.length !== ports.length) {
    throw new TypeError(`"inputs" expected ${ports.length} tensors for ${source}, got ${inputs.length}`);
  }
  for (const [i, { name, shape }] of ports.entries()) {
    const input = inputs[i];
    const fits = input.shape.length === shape.length && input.shape.every((size, d) => size === (shape[d] ?? size));
    if (!fits) {
      const got = formatShape(input.shape);
      throw new RangeError(`"inputs" expected shape ${formatShape(shape)} for "${name}" of ${source}, got ${got}`);
    }
    const count = input.shape.reduce((product, size) => product * size, 1);
    if (!(input.data instanceof Float32Array) || input.data.length !== count || count === 0) {
      const got = input.data instanceof Float32Array ? input.data.length : formatValue(input.data);
      throw new RangeError(
        `"inputs" expected ${Math.max(1, count)} numbers in a Float32Array for "${name}", got ${got}`,
      );
    }
  }
}

function failure(what: string, cause: unknown): DdpmError {
  const message = cause instanceof Error ? cause.message : String(cause);
  const reason = message
    .replace(/^.*ERROR_MESSAGE: /s, '')
    .trim()
    .split('\n', 1)[0]
    .slice(0, MAX_REASON);
  if (/bad_alloc|allocate|out of memory|SafeInt/i.test(message)) {
    return new DdpmError(
      'ERR_DDPM_LIMIT',
      `${what}: it needs more than the 4 GiB of memory that WebAssembly has (${reason})`,
      {
        cause,
      },
    );
  }
  return new DdpmError('ERR_DDPM_MODEL_CORRUPT', `${what}: ${reason}`, { cause });
}
