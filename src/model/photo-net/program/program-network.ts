/** A photo-net as a WebAssembly program: one call runs the whole network on a batch of images. docs/design/network.md. */
import { DdpmError } from '../../../base/errors.ts';
import type { BatchShape } from '../../denoiser.ts';
import { Modulator } from '../modulation.ts';
import type { NetworkAnswer, NetworkCall, PhotoNetwork } from '../network-contract.ts';
import type { PatchLayout } from '../photo-net-pixels.ts';
import type { PhotoNetWeights } from '../photo-net-weights.ts';
import { clearBorder, type FeatureMap } from './feature-maps.ts';
import { NetworkMemory } from './network-memory.ts';
import { type Arithmetic, hasArithmetic, type NetworkKernel, startKernel } from './network-module.ts';
import { layOutProgram, type Program } from './network-program.ts';
import { COUNTER_BYTES, RECORD_BYTES, recordOf } from './operations.ts';
import { type PlacedWeights, placeWeights } from './program-weights.ts';

/** A network that runs one batch at a time. */
export class ProgramNetwork implements PhotoNetwork {
  readonly fused: boolean = hasArithmetic('fused');
  readonly #memory: NetworkMemory = new NetworkMemory();
  readonly #kernels: Map<Arithmetic, NetworkKernel> = new Map();
  readonly #weights: PlacedWeights;
  readonly #modulator: Modulator;
  /** Address of the memory for programs. */
  readonly #start: number;
  #program: { readonly shape: BatchShape; readonly program: Program } | undefined;

  /**
   * @param weights - copied
   * @throws DdpmError `ERR_DDPM_BACKEND` if this machine has no WebAssembly with SIMD and threads
   */
  constructor(weights: PhotoNetWeights) {
    this.#weights = placeWeights(this.#memory, this.#kernel('exact'), weights);
    this.#modulator = new Modulator(weights);
    this.#start = this.#memory.reserve(0);
  }

  #kernel(arithmetic: Arithmetic): NetworkKernel {
    const kernel = this.#kernels.get(arithmetic) ?? startKernel(arithmetic, this.#memory.memory);
    if (!kernel) throw new DdpmError('ERR_DDPM_BACKEND', `no WebAssembly with SIMD for the ${arithmetic} network`);
    this.#kernels.set(arithmetic, kernel);
    return kernel;
  }

  /** The program for a shape; the last one is kept. */
  #programFor(shape: BatchShape): Program {
    const last = this.#program;
    const { batch, height, width } = shape;
    if (last?.shape.batch === batch && last.shape.height === height && last.shape.width === width) return last.program;
    this.#program = undefined;
    const program = layOutProgram(this.#weights, shape, this.#start, 1);
    this.#memory.extend(program.end);
    const { buffer } = this.#memory.memory;
    for (const map of new Set(program.operations.flatMap(({ input, output }) => [input, output]))) {
      clearBorder(buffer, map);
    }
    program.operations.forEach((operation, i) => {
      const record = recordOf(operation);
      new Int32Array(buffer, program.records + i * RECORD_BYTES, record.length).set(record);
    });
    this.#program = { shape, program };
    return program;
  }

  run({ positions, sigma, output, exact }: NetworkCall, fill: (input: PatchLayout) => void): NetworkAnswer {
    const kernel = this.#kernel(this.fused && !exact ? 'fused' : 'exact');
    const modulation = this.#modulator.modulate(sigma, output);
    const program = this.#programFor(positions);
    const { buffer } = this.#memory.memory;
    fill(patchesOf(buffer, program.input));
    program.films.forEach(({ gain, shift }, i) => {
      const film = modulation.films[i];
      new Float32Array(buffer, gain, film.gain.length).set(film.gain);
      new Float32Array(buffer, shift, film.shift.length).set(film.shift);
    });
    const count = program.operations.length;
    new Uint8Array(buffer, program.counters, count * COUNTER_BYTES).fill(0);
    kernel.run(program.records, count, program.counters, program.scratch);
    return { patches: patchesOf(buffer, program.output), logOutput: modulation.logOutput };
  }

  dispose(): void {
    this.#program = undefined;
  }
}

/** A feature map as patches of pixels. */
function patchesOf(buffer: ArrayBufferLike, { first, channels, pitch, image }: FeatureMap): PatchLayout {
  return { values: new Float32Array(buffer), first: first / 4, channels, row: pitch / 4, image: image / 4 };
}
