/**
 * The path search as a WebAssembly SIMD kernel (assembly/kernel.ts). It finds the same paths as the reference, bit for
 * bit. Each instance has its own memory, which grows to the largest tile and is used again. bench/trellis.ts measures
 * it.
 */
import { embeddedModule } from '../../base/embedded-wasm.ts';
import type { Stages } from './bit-allocation.ts';
import type { SearchTarget } from './passes.ts';
import { beamCapacity, PathSearch, type PathSearcher, SEGMENT_STAGES, type SearchRoute } from './path-search.ts';
import { KERNEL_BASE64 } from './search-kernel-bytes.ts';
import { CODE_ROWS, importanceWeights } from './search-weights.ts';
import { ROW } from './trellis-code.ts';

/**
 * Most bits of a stage in the kernel. Tiles with longer stages use the reference, since so many candidates take much
 * memory.
 */
const MOST_BITS_PER_STAGE = 8;

/** Exports of the WebAssembly module. */
interface Kernel {
  readonly memory: WebAssembly.Memory;
  configure(
    width: number,
    capacity: number,
    n: number,
    stageCount: number,
    mostRows: number,
    mostBits: number,
    maskBytes: number,
  ): void;
  codebookAt(): number;
  weightsAt(): number;
  orderAt(): number;
  stageEndsAt(): number;
  stageBitsAt(): number;
  packedAt(): number;
  search(stageCount: number, bits: number, startRegister: number): void;
}

const kernelModule = embeddedModule(KERNEL_BASE64);

/** Most bytes that a segment's masks take: a bit for each candidate, in groups of 8 paths, in whole 8-byte words. */
function maskBytes(stages: Stages, capacity: number): number {
  const groups = Math.ceil(capacity / 8);
  let most = 0;
  let bytes = 0;
  for (let stage = 0; stage < stages.count; stage++) {
    if (stage % SEGMENT_STAGES === 0) bytes = 0;
    bytes += Math.ceil((groups << stages.bits[stage]) / 8) * 8;
    most = Math.max(most, bytes);
  }
  return most;
}

/** Most codebook rows that a stage meets, or one more. */
function mostRows({ count, end }: Stages): number {
  let most = end[0];
  for (let stage = 1; stage < count; stage++) most = Math.max(most, end[stage] - end[stage - 1]);
  return Math.floor(most / ROW) + 2;
}

class KernelPathSearch implements PathSearcher {
  readonly name = 'wasm-simd';
  readonly width: number;
  readonly #kernel: Kernel;
  readonly #reference: PathSearch;

  constructor(module: WebAssembly.Module, width: number) {
    this.width = width;
    this.#reference = new PathSearch(width);
    this.#kernel = new WebAssembly.Instance(module).exports as unknown as Kernel;
    this.#kernel.configure(width, beamCapacity(width), 0, 0, 0, 1, 0);
    new Int16Array(this.#kernel.memory.buffer, this.#kernel.codebookAt()).set(CODE_ROWS);
  }

  search(problem: SearchTarget, route: SearchRoute, register: number): Uint8Array {
    const n = problem.target.length;
    const { order, bits, stages } = route;
    if (!stages) return new Uint8Array(0);
    if (stages.mostBits > MOST_BITS_PER_STAGE) return this.#reference.search(problem, route, register);
    const kernel = this.#kernel;
    const capacity = beamCapacity(this.width);
    kernel.configure(
      this.width,
      capacity,
      n,
      stages.count,
      mostRows(stages),
      stages.mostBits,
      maskBytes(stages, capacity),
    );
    const { buffer } = kernel.memory;
    importanceWeights(problem, new Float32Array(buffer, kernel.weightsAt(), 2 * n));
    new Uint32Array(buffer, kernel.orderAt(), n).set(order);
    new Uint32Array(buffer, kernel.stageEndsAt(), stages.count).set(stages.end.subarray(0, stages.count));
    new Uint8Array(buffer, kernel.stageBitsAt(), stages.count).set(stages.bits.subarray(0, stages.count));
    kernel.search(stages.count, bits, register);
    return new Uint8Array(buffer, kernel.packedAt(), Math.ceil(bits / 8)).slice();
  }
}

/**
 * Creates a search of M = width paths: the WebAssembly kernel if it can start, otherwise the reference; its name says
 * which.
 */
export function createPathSearch(width: number): PathSearcher {
  const module = kernelModule();
  return module ? new KernelPathSearch(module, width) : new PathSearch(width);
}
