/**
 * The tail's model and coder as a WebAssembly SIMD kernel (assembly/tail/tail.ts): the same bytes as the reference, much
 * faster. Rows of the planes are handed over as they are needed, so that its memory grows with the picture's width only.
 */
import { embeddedModule } from '../../base/embedded-wasm.ts';
import type { MessageEnd, RowDecoder, RowEncoder, RowResult } from './row-coder.ts';
import { TAIL_KERNEL_BASE64 } from './tail-kernel-bytes.ts';
import type { TailPosterior, TailShape } from './tail-posterior.ts';
import { tailWeights } from './tail-weights.ts';

/** Exports of the WebAssembly module. */
interface KernelExports {
  readonly memory: WebAssembly.Memory;
  open(width: number, height: number, channels: number, index: number): void;
  weightsAt(): number;
  stateAt(): number;
  meanAt(): number;
  logVarianceAt(): number;
  samplesAt(): number;
  outputAt(): number;
  addRow(): void;
  encodeRow(): number;
  finish(): number;
  inputAt(): number;
  inputRoom(): number;
  supply(bytes: number, end: number): void;
  unread(): number;
  decodeRow(): number;
}

// As the kernel numbers them.
const ENDS: Record<MessageEnd, number> = { coming: 0, whole: 1, cut: 2 };
const RESULTS: readonly RowResult[] = ['done', 'waits', 'cut'];

/** Rows above the picture that the kernel wants. */
const ROWS_ABOVE = 4;

const kernelModule = embeddedModule(TAIL_KERNEL_BASE64);

/** Codes one picture, in one direction. */
export class TailKernel implements RowEncoder, RowDecoder {
  readonly #kernel: KernelExports;
  readonly #shape: TailShape;
  readonly #posterior: TailPosterior;
  /** Next row of the planes to hand over, and next row to code. */
  #added = -ROWS_ABOVE;
  #row = 0;
  /** Bytes of the message that the kernel has. */
  #supplied = 0;

  /** @param posterior - its planes must stay as they are until the last row is coded */
  constructor(module: WebAssembly.Module, shape: TailShape, posterior: TailPosterior) {
    const kernel = new WebAssembly.Instance(module).exports as unknown as KernelExports;
    this.#kernel = kernel;
    this.#shape = shape;
    this.#posterior = posterior;
    kernel.open(shape.width, shape.height, shape.channels, posterior.index);
    new Uint8Array(kernel.memory.buffer, kernel.weightsAt()).set(tailWeights());
  }

  encodeRow(samples: Uint8Array | Uint8ClampedArray): Uint8Array {
    const kernel = this.#kernel;
    this.#addRows();
    new Uint8Array(kernel.memory.buffer, kernel.samplesAt()).set(samples);
    const length = kernel.encodeRow();
    this.#row++;
    return this.#output(length);
  }

  finish(): Uint8Array {
    return this.#output(this.#kernel.finish());
  }

  get bytes(): number {
    return Math.min(this.#supplied - this.#kernel.unread(), this.#supplied);
  }

  decodeRow(message: Uint8Array, end: MessageEnd, samples: Uint8Array): RowResult {
    const kernel = this.#kernel;
    this.#addRows();
    for (;;) {
      this.#supply(message, end);
      const result = RESULTS[kernel.decodeRow()];
      if (result === 'waits' && this.#supplied < message.length) continue;
      if (result === 'done') {
        samples.set(new Uint8Array(kernel.memory.buffer, kernel.samplesAt(), samples.length));
        this.#row++;
      }
      return result;
    }
  }

  /** Hands over the planes down to the row below the one that is coded next. */
  #addRows(): void {
    const { state, mean, logVariance } = this.#posterior;
    const { width, height } = this.#shape;
    const kernel = this.#kernel;
    const put = (plane: Float32Array, from: number, to: number): void => {
      new Float32Array(kernel.memory.buffer, to).set(plane.subarray(from, from + 3 * width));
    };
    for (; this.#added <= this.#row + 1; this.#added++) {
      const from = Math.min(Math.max(this.#added, 0), height - 1) * mean.width * 3;
      put(state.data, from, kernel.stateAt());
      put(mean.data, from, kernel.meanAt());
      put(logVariance, from, kernel.logVarianceAt());
      kernel.addRow();
    }
  }

  #supply(message: Uint8Array, end: MessageEnd): void {
    const kernel = this.#kernel;
    const at = kernel.inputAt();
    const bytes = message.subarray(this.#supplied, this.#supplied + kernel.inputRoom());
    new Uint8Array(kernel.memory.buffer, at).set(bytes);
    this.#supplied += bytes.length;
    kernel.supply(bytes.length, this.#supplied < message.length ? ENDS.coming : ENDS[end]);
  }

  #output(length: number): Uint8Array {
    return new Uint8Array(this.#kernel.memory.buffer, this.#kernel.outputAt(), length).slice();
  }
}

/** Opens the kernel for a picture; undefined where WebAssembly or its SIMD is missing or a security policy forbids compilation. */
export function openTailKernel(shape: TailShape, posterior: TailPosterior): TailKernel | undefined {
  const module = kernelModule();
  return module && new TailKernel(module, shape, posterior);
}
