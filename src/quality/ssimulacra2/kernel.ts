/** The WebAssembly kernel of SSIMULACRA 2, assembly/ssimulacra2.ts. */
import { embeddedModule } from '../../base/embedded-wasm.ts';
import { DdpmError } from '../../base/errors.ts';
import { gaussianTaps } from './gaussian-taps.ts';
import { SSIMULACRA2_BASE64 } from './ssimulacra2-bytes.ts';

/** What the kernel exports; arguments are as its source says. Addresses are in bytes. */
export interface Ssimulacra2Kernel {
  readonly memory: WebAssembly.Memory;
  setTaps(t0: number, t1: number, t2: number, t3: number, t4: number): void;
  linearRow(samples: number, channels: number, table: number, target: number, stride: number, width: number): void;
  xybRow(linear: number, stride: number, target: number, step: number, width: number): void;
  blurBlock(block: number, scratch: number, stride: number, width: number, withProducts: boolean): void;
  addErrors(blocks: number, stride: number, width: number, withProducts: boolean, sums: number): void;
  halveRows(
    top: number,
    bottom: number,
    stride: number,
    width: number,
    target: number,
    targetStride: number,
    count: number,
  ): void;
}

const SIGMA = 1.5;
/** Bytes of a page of WebAssembly's memory. */
const PAGE = 65_536;
const module = embeddedModule(SSIMULACRA2_BASE64);
/** Kept: memories of WebAssembly are freed late, and many would use up the addresses. */
let kernel: Ssimulacra2Kernel | undefined;

/**
 * The kernel.
 *
 * @throws DdpmError `ERR_DDPM_BACKEND` if there is no WebAssembly with SIMD
 */
export function ssimulacra2Kernel(): Ssimulacra2Kernel {
  kernel ??= startKernel();
  return kernel;
}

/**
 * Sees to it that the kernel has the first `bytes` of memory, and sets them to 0.
 *
 * @throws DdpmError `ERR_DDPM_LIMIT` if there is not as much
 */
export function clearMemory({ memory }: Ssimulacra2Kernel, bytes: number): void {
  const missing = Math.ceil((bytes - memory.buffer.byteLength) / PAGE);
  if (missing > 0) {
    try {
      memory.grow(missing);
    } catch (cause) {
      const message = `SSIMULACRA 2 needs ${bytes} bytes of memory for rows of pictures, which are not to be had`;
      throw new DdpmError('ERR_DDPM_LIMIT', message, { cause });
    }
  }
  new Uint8Array(memory.buffer, 0, bytes).fill(0);
}

function startKernel(): Ssimulacra2Kernel {
  const compiled = module();
  if (!compiled) {
    const message = 'SSIMULACRA 2 needs WebAssembly with SIMD, which is missing or forbidden here';
    throw new DdpmError('ERR_DDPM_BACKEND', message);
  }
  const started = new WebAssembly.Instance(compiled).exports as unknown as Ssimulacra2Kernel;
  const [t0, t1, t2, t3, t4] = gaussianTaps(SIGMA);
  started.setTaps(t0, t1, t2, t3, t4);
  return started;
}
