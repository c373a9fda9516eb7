/** A photo-net as a WebAssembly program: one call runs the whole network on a batch of images. docs/design/network.md. */
import { DdpmError } from '../../../base/errors.ts';
import type { BatchShape } from '../../denoiser.ts';
import type { NetworkAnswer, NetworkCall, PhotoNetwork } from '../network-contract.ts';
import type { PatchLayout } from '../photo-net-pixels.ts';
import type { PhotoNetWeights } from '../photo-net-weights.ts';
import { clearBorder, type FeatureMap } from './feature-maps.ts';
import { ADDRESSABLE_BYTES, extendMemory } from './network-memory.ts';
import { hasArithmetic } from './network-module.ts';
import { layOutProgram, type Program } from './network-program.ts';
import { COUNTER_BYTES, RECORD_BYTES, recordOf } from './operations.ts';
import { type PlacedNetwork, placeNetwork, type ThreadNetwork, threadNetwork } from './placed-network.ts';
import { HEADER_BYTES, RunHeader } from './run-header.ts';

/** The part of a network's memory that one run at a time uses: a header (run-header.ts), then the program. */
export interface RunArea {
  readonly start: number;
  readonly end: number;
  /** Most threads that take part in a run. */
  readonly threads: number;
}

/** The program for images of a shape in a memory area. */
function programIn({ weights }: PlacedNetwork, { start, threads }: Omit<RunArea, 'end'>, shape: BatchShape): Program {
  return layOutProgram(weights, shape, start + HEADER_BYTES, threads);
}

/**
 * Bytes of a memory area in which images of a shape can be run.
 *
 * @param positions - batch, and height and width in positions of the finest level
 */
export function areaBytes(network: PlacedNetwork, positions: BatchShape, threads: number): number {
  return programIn(network, { start: 0, threads }, positions).end;
}

/** A network that runs one batch at a time, in one memory area. */
export class ProgramNetwork implements PhotoNetwork {
  readonly fused: boolean = hasArithmetic('fused');
  readonly #network: ThreadNetwork;
  readonly #area: RunArea;
  /** True: nobody else uses the memory, so this is the owner of all runs (run-header.ts). */
  readonly #isAlone: boolean;
  #header: RunHeader | undefined;
  #program: { readonly shape: BatchShape; readonly program: Program } | undefined;

  /** @param area - default: all memory behind the weights, in which this thread runs alone */
  constructor(network: ThreadNetwork, area?: RunArea) {
    this.#network = network;
    this.#isAlone = area === undefined;
    this.#area = area ?? { start: network.end, end: ADDRESSABLE_BYTES, threads: 1 };
  }

  /** What is needed to run the network in other threads. From then on this one cannot be used. */
  share(): PlacedNetwork {
    const { memory, weights, end } = this.#network;
    return { memory, weights, end };
  }

  /** The program for a shape, written into the area; the last one is kept. */
  #programFor(shape: BatchShape): { program: Program; header: RunHeader } {
    const last = this.#program;
    const { batch, height, width } = shape;
    const isLast = last?.shape.batch === batch && last.shape.height === height && last.shape.width === width;
    const program = isLast ? last.program : programIn(this.#network, this.#area, shape);
    if (program.end > this.#area.end) {
      const [needed, there] = [program.end, this.#area.end].map((end) => Math.ceil((end - this.#area.start) / 2 ** 20));
      const message = `a window needs ${needed} MiB for this model's network, there are ${there}. The backend cpu has no such limit`;
      throw new DdpmError('ERR_DDPM_BACKEND', message);
    }
    this.#program = { shape, program };
    const { memory } = this.#network;
    extendMemory(memory, program.end);
    this.#header ??= new RunHeader(memory, this.#area.start);
    const header = this.#header;
    if (header.hasShape(shape)) return { program, header };
    header.setShape(undefined);
    for (const map of new Set(program.operations.flatMap(({ input, output }) => [input, output]))) {
      clearBorder(memory.buffer, map);
    }
    // Channels that the network lacks stay 0; what a program of another shape has left here might not be finite.
    const { start, bytes } = program.input;
    new Uint8Array(memory.buffer, start, bytes).fill(0);
    for (const { gain, shift, channels } of program.films) {
      for (const at of [gain, shift]) new Float32Array(memory.buffer, at, channels).fill(0);
    }
    program.operations.forEach((operation, i) => {
      const record = recordOf(operation, this.#area.threads);
      new Int32Array(memory.buffer, program.records + i * RECORD_BYTES, record.length).set(record);
    });
    header.setShape(shape);
    return { program, header };
  }

  run({ positions, sigma, output, exact }: NetworkCall, fill: (input: PatchLayout) => void): NetworkAnswer {
    const { memory, kernels, modulator } = this.#network;
    const arithmetic = this.fused && !exact ? 'fused' : 'exact';
    const kernel = kernels.get(arithmetic);
    const modulation = modulator.modulate(sigma, output);
    const { program, header } = this.#programFor(positions);
    if (this.#isAlone) header.open();
    const { buffer } = memory;
    fill(patchesOf(buffer, program.input));
    program.films.forEach(({ gain, shift }, i) => {
      const film = modulation.films[i];
      new Float32Array(buffer, gain, film.gain.length).set(film.gain);
      new Float32Array(buffer, shift, film.shift.length).set(film.shift);
    });
    const { records, counters, scratch, scratchBytes } = program;
    const count = program.operations.length;
    new Uint8Array(buffer, counters, count * COUNTER_BYTES).fill(0);
    const begun = header.begin({ records, count, counters, scratch, scratchBytes, arithmetic });
    if (!begun || kernel.run(records, count, counters, scratch, this.#area.start) < 0) {
      const message = 'a worker thread ended: it helped with a window. Fewer threads take less memory';
      throw new DdpmError('ERR_DDPM_BACKEND', message);
    }
    header.end();
    return { patches: patchesOf(buffer, program.output), logOutput: modulation.logOutput };
  }

  dispose(): void {
    this.#program = undefined;
  }
}

/**
 * A network in a memory of its own, in which this thread runs it alone.
 *
 * @param weights - copied
 * @throws DdpmError `ERR_DDPM_BACKEND` if this machine has no WebAssembly with SIMD and threads
 */
export function programNetwork(weights: PhotoNetWeights): ProgramNetwork {
  return new ProgramNetwork(threadNetwork(placeNetwork(weights)));
}

/** A feature map as patches of pixels. */
function patchesOf(buffer: ArrayBufferLike, { first, channels, pitch, image }: FeatureMap): PatchLayout {
  return { values: new Float32Array(buffer), first: first / 4, channels, row: pitch / 4, image: image / 4 };
}
