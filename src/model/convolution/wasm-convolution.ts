/**
 * Registers the kernel of assembly/convolution.ts with the tensor library's WebAssembly backend, under the name
 * {@link CONVOLUTION}.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { embeddedModule } from '../../base/embedded-wasm.ts';
import { DdpmError } from '../../base/errors.ts';
import { CONVOLUTION_BASE64 } from './convolution-bytes.ts';
import { CONVOLUTION, type ConvolutionAttributes, type ConvolutionInputs } from './convolution-kernel.ts';

/** Memory for the padded input rows of a group of output rows. It shares the second-level cache with the weights. */
const GROUP_BYTES = 256 * 1024;
/** Pixels that the kernel computes at a time. */
const TILE_PIXELS = 4;
/** Bytes of the addresses of a tile's pixels: one set for each filter row and one for the output. */
const ADDRESS_BYTES = 16;

interface Kernel {
  convolve(...parameters: number[]): void;
}

/** Kernels by backend; each works on the memory of its backend. */
const kernels = new WeakMap<BackendWasm, Kernel>();

const kernelModule = embeddedModule(CONVOLUTION_BASE64);

/**
 * Starts the kernel on the memory of a backend. Undefined where it cannot run: without SIMD, or if the memory is shared
 * by threads.
 */
function openKernel(instance: BackendWasm): Kernel | undefined {
  const memory = (instance.wasm as { asm?: { memory?: WebAssembly.Memory } } | undefined)?.asm?.memory;
  const module = kernelModule();
  if (!memory || !module) return undefined;
  try {
    return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernel;
  } catch {
    return undefined; // shared memory
  }
}

/**
 * Registers the kernel {@link CONVOLUTION} for the backend `wasm`, which must have started.
 *
 * @returns false if the kernel cannot run on this machine
 */
export function registerConvolution(): boolean {
  const instance = tf.engine().registry.wasm as BackendWasm | undefined;
  const kernel = instance && openKernel(instance);
  if (!kernel) return false;
  kernels.set(instance, kernel);
  if (tf.getKernel(CONVOLUTION, 'wasm') === undefined) {
    const kernelFunc = runConvolution as unknown as tf.KernelFunc;
    tf.registerKernel({ kernelName: CONVOLUTION, backendName: 'wasm', kernelFunc });
  }
  return true;
}

interface Call {
  readonly inputs: ConvolutionInputs;
  readonly attrs: ConvolutionAttributes;
  readonly backend: BackendWasm;
}

/** The tensor library calls this to run the kernel. */
function runConvolution({ inputs, attrs, backend }: Call): tf.TensorInfo {
  const kernel = kernels.get(backend);
  if (!kernel) throw new Error(`${CONVOLUTION}: the backend was replaced since it was opened`);
  const { x, weights, bias } = inputs;
  const { side, outputs } = attrs;
  const [batch, height, width, channels] = x.shape;
  const output = backend.makeOutput([batch, height, width, outputs], 'float32');
  const at = ({ dataId }: tf.TensorInfo): number => backend.getMemoryOffset(dataId);
  const group = groupRows(x.shape);
  const scratch = backend.makeOutput([scratchBytes(x.shape, side, group) / 4], 'float32');
  if (at(output) === 0 || at(scratch) === 0) throw new DdpmError('ERR_DDPM_BACKEND', 'backend wasm: out of memory');
  kernel.convolve(
    at(x),
    batch,
    height,
    width,
    channels,
    side,
    at(weights),
    at(bias),
    outputs,
    at(output),
    group,
    at(scratch),
  );
  backend.disposeData(scratch.dataId, true);
  return output;
}

/** Number of output rows that are computed together: as many as fit into {@link GROUP_BYTES}. */
function groupRows([batch, height, width, channels]: ConvolutionInputs['x']['shape']): number {
  const most = Math.floor(GROUP_BYTES / ((width + 2) * channels * 4)) - 2;
  return Math.min(Math.max(most, 1), batch * height);
}

/** Bytes for the addresses and padded rows of a group. Each image that the group touches needs two rows of zeros. */
function scratchBytes(
  [, height, width, channels]: ConvolutionInputs['x']['shape'],
  side: number,
  group: number,
): number {
  const addresses = Math.ceil((group * width) / TILE_PIXELS) * (side + 1) * ADDRESS_BYTES;
  if (side !== 3) return addresses;
  const images = Math.ceil(group / height) + 1;
  return addresses + (group + 2 * images) * (width + 2) * channels * 4;
}
