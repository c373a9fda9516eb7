/**
 * The tail's network as a WebAssembly SIMD kernel (assembly/tail-network.ts): the same sums as the reference, faster.
 */
import { embeddedModule } from '../../base/embedded-wasm.ts';
import { TAIL_KERNEL_BASE64 } from './tail-kernel-bytes.ts';
import { HIDDEN1, HIDDEN2, INPUTS, OUTPUTS, WEIGHT_LAYOUT } from './tail-network-layout.ts';
import type { NetworkSums } from './tail-network-sums.ts';

/** Exports of the WebAssembly module. */
interface Kernel {
  readonly memory: WebAssembly.Memory;
  configure(inputs: number, hidden1: number, hidden2: number, weightBytes: number): void;
  featuresAt(): number;
  weightsAt(): number;
  outputsAt(): number;
  visit(weights: number, bias: number): void;
  predict(
    colour: number,
    before: number,
    first: number,
    second: number,
    own: number,
    weights2: number,
    bias2: number,
    weights3: number,
    bias3: number,
  ): void;
}

const kernelModule = embeddedModule(TAIL_KERNEL_BASE64);

/** The network's sums by the kernel. Each instance has its own memory. */
export class TailKernel implements NetworkSums {
  readonly name = 'wasm-simd';
  readonly #kernel: Kernel;
  readonly #features: Int16Array;
  readonly #outputs: Int32Array;
  readonly #base: number;

  constructor(module: WebAssembly.Module, weights: Uint8Array) {
    const kernel = new WebAssembly.Instance(module).exports as unknown as Kernel;
    kernel.configure(INPUTS, HIDDEN1, HIDDEN2, weights.length);
    this.#kernel = kernel;
    this.#base = kernel.weightsAt();
    const { buffer } = kernel.memory;
    new Uint8Array(buffer, this.#base).set(weights);
    this.#features = new Int16Array(buffer, kernel.featuresAt(), INPUTS);
    this.#outputs = new Int32Array(buffer, kernel.outputsAt(), OUTPUTS);
  }

  visit(features: Int16Array): void {
    this.#features.set(features);
    this.#kernel.visit(this.#base + WEIGHT_LAYOUT.weights1, this.#base + WEIGHT_LAYOUT.bias1);
  }

  predict(colour: number, first: number, second: number, outputs: Int32Array): void {
    const { own, weights2, bias2, weights3, bias3 } = WEIGHT_LAYOUT.colours[colour];
    const at = this.#base;
    const layers = [at + own, at + weights2, at + bias2, at + weights3, at + bias3] as const;
    this.#kernel.predict(colour, colour, first, second, ...layers);
    outputs.set(this.#outputs);
  }
}

/** Opens the kernel; undefined where WebAssembly or its SIMD is missing or a security policy forbids compilation. */
export function openTailKernel(weights: Uint8Array): TailKernel | undefined {
  const module = kernelModule();
  return module && new TailKernel(module, weights);
}
