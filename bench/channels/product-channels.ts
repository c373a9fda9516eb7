/** The two transports of the codec as channels, with the code of budgets and lengths that files have. */
import {
  ditheredTransport,
  type SharedTile,
  type Transport,
  type TransportProblem,
  trellisTransport,
} from 'ddpm-codec/codec';
import { readLength, writeLength } from '#dist/codec/dithered/length-code.js';
import { BitReader, BitWriter } from '#dist/codec/format/bits.js';
import { fineBudget, nearestGridIndex, readBudget, writeBudget } from '#dist/codec/format/budget-code.js';
import { allocatePasses, cutStages } from '#dist/codec/trellis/bit-allocation.js';
import { PathSearch, type PathSearcher, type SearchRoute } from '#dist/codec/trellis/path-search.js';
import { createPathSearch } from '#dist/codec/trellis/search-kernel.js';
import { interleave, type PassRoute, PathReader, startRegister, tileRoute } from '#dist/codec/trellis/trellis-code.js';
import { median } from '../median.ts';
import {
  type Channel,
  type ChannelReceiver,
  type ChannelSender,
  type ChannelTile,
  klBits,
  type Sent,
} from './channel.ts';

/** Grid point of the size of a tile before which there is none. */
const FIRST_PREDICTED = nearestGridIndex(1024);

/** How sizes of messages are coded. */
interface SizeCode {
  write(out: BitWriter, bits: number, predicted: number): void;
  read(bits: BitReader, predicted: number): number | undefined;
}

const BUDGETS: SizeCode = {
  write: (out, bits, predicted) => writeBudget(out, bits, predicted, true),
  read: (bits, predicted) => readBudget(bits, predicted, true),
};
const LENGTHS: SizeCode = { write: writeLength, read: readLength };

/** A transport, and what it costs. */
interface Costed {
  readonly transport: Transport;
  /** Whether its search is in WebAssembly, whose memory can be told. */
  readonly inWasm: boolean;
  /** Look-ups of a tile. */
  lookUps(problem: TransportProblem): number;
}

/** Number of times that memory is measured, since other memory is freed in between. */
const MEMORY_PROBES = 5;

/** Bytes of WebAssembly memory: what is outside of JavaScript's heap and belongs to no ArrayBuffer that it has made. */
function wasmBytes(): number {
  const { external, arrayBuffers } = process.memoryUsage();
  return external - arrayBuffers;
}

class TransportSender implements ChannelSender {
  readonly #create: () => Costed;
  readonly #costed: Costed;
  readonly #sizes: SizeCode;
  readonly #spend: number;
  readonly #out: BitWriter = new BitWriter();
  #predicted = FIRST_PREDICTED;
  #last: TransportProblem | undefined;

  /** @param spend - bits that are spent, over KL(q || p); for transports with a budget */
  constructor(create: () => Costed, sizes: SizeCode, spend: number) {
    this.#create = create;
    this.#costed = create();
    this.#sizes = sizes;
    this.#spend = spend;
  }

  get bits(): number {
    return this.#out.length;
  }

  get memoryBytes(): number | null {
    if (!this.#costed.inWasm || !this.#last) return null;
    const probes: number[] = [];
    for (let probe = 0; probe < MEMORY_PROBES; probe++) {
      const before = wasmBytes();
      this.#create().transport.convey(this.#last);
      probes.push(wasmBytes() - before);
    }
    return median(probes);
  }

  send(tile: ChannelTile): Sent {
    const { transport, lookUps } = this.#costed;
    const problem = { ...tile, target: tile.target.slice(), bits: fineBudget(this.#spend * klBits(tile)) };
    const { values, packed, bits = problem.bits } = transport.convey(problem);
    this.#last = problem;
    if (!packed) throw new Error(`${transport.name} makes no bits`);
    this.#sizes.write(this.#out, bits, this.#predicted);
    this.#predicted = nearestGridIndex(bits);
    this.#out.writePacked(packed, bits);
    return { values, lookUps: () => lookUps(problem) };
  }

  finish(): Uint8Array {
    return this.#out.bytes();
  }
}

class TransportReceiver implements ChannelReceiver {
  readonly #transport: Transport;
  readonly #sizes: SizeCode;
  readonly #in: BitReader;
  #predicted = FIRST_PREDICTED;

  constructor(transport: Transport, sizes: SizeCode, message: Uint8Array) {
    this.#transport = transport;
    this.#sizes = sizes;
    this.#in = new BitReader(message);
  }

  receive(tile: SharedTile): Float32Array {
    const bits = this.#sizes.read(this.#in, this.#predicted);
    const packed = bits === undefined ? undefined : this.#in.readPacked(bits);
    if (bits === undefined || packed === undefined) throw new Error('the message has ended');
    this.#predicted = nearestGridIndex(bits);
    return this.#transport.receive(tile, { packed, bits });
  }
}

/** Code values that a search of M paths looks at in a pass: siblings share one. */
function passLookUps({ stages }: PassRoute, width: number): number {
  let sum = 0;
  if (!stages) return 0;
  for (let stage = 0; stage < stages.count; stage++) {
    const length = stages.end[stage] - (stage > 0 ? stages.end[stage - 1] : 0);
    sum += length * width * 2 ** (stages.bits[stage] - 1);
  }
  return sum;
}

/** The trellis code as files have it: two passes, or one in a tile of few bits. */
function formatTrellis(width: number): Costed {
  return {
    transport: trellisTransport({ beamWidth: width }),
    inWasm: true,
    lookUps: (problem) =>
      tileRoute(problem, problem.target.length).passes.reduce((sum, pass) => sum + passLookUps(pass, width), 0),
  };
}

/** Route through a tile in one pass. */
function singleRoute({ key, spectrum }: SharedTile, n: number, bits: number): SearchRoute {
  const order = interleave(n, key);
  // The weights of all passes of a tile add up to those of one.
  const passes = allocatePasses(spectrum, bits, n);
  const weights = passes[0].weights.map((_, i) => passes.reduce((sum, pass) => sum + pass.weights[i], 0));
  return { order, bits, stages: cutStages(order, { bits, weights }) };
}

/** The trellis code in one pass, which files have in tiles of few bits alone. */
function singlePassTrellis(searcher: PathSearcher): Costed {
  const transport: Transport = {
    name: 'trellis',
    convey(problem) {
      const route = singleRoute(problem, problem.target.length, problem.bits);
      const packed = searcher.search(problem, route, startRegister(problem.key));
      return { values: this.receive(problem, { packed, bits: problem.bits }), packed };
    },
    receive(tile, { packed, bits }) {
      const route = singleRoute(tile, tile.residualVariance.length, bits);
      return new PathReader(packed, startRegister(tile.key), bits).pass(route.order, route).values;
    },
  };
  return {
    transport,
    inWasm: searcher.name === 'wasm-simd',
    lookUps: (problem) => passLookUps(singleRoute(problem, problem.target.length, problem.bits), searcher.width),
  };
}

/** How the trellis code is searched. */
export type TrellisVariant = 'format' | 'one pass' | 'one pass, plain TypeScript';

/**
 * The trellis code.
 *
 * @param width - M, number of survivor paths
 * @param spend - bits that are spent, over KL(q || p)
 */
export function trellisChannel(width: number, spend: number, variant: TrellisVariant = 'format'): Channel {
  const costed = (): Costed => {
    if (variant === 'format') return formatTrellis(width);
    return singlePassTrellis(variant === 'one pass' ? createPathSearch(width) : new PathSearch(width));
  };
  return {
    scheme: 'trellis',
    setting: `M = ${width}${variant === 'format' ? '' : `, ${variant}`}`,
    reach: 'near',
    sender: () => new TransportSender(costed, BUDGETS, spend),
    receiver: (message) => new TransportReceiver(costed().transport, BUDGETS, message),
  };
}

/** Dithered quantisation, as files of `--transport dithered` have it. Its q is uniform, with the variance r. */
export function ditheredChannel(): Channel {
  const costed = (): Costed => ({
    transport: ditheredTransport(),
    inWasm: false,
    lookUps: ({ target }) => target.length,
  });
  return {
    scheme: 'dithered',
    setting: '',
    reach: 'uniform',
    sender: () => new TransportSender(costed, LENGTHS, 1),
    receiver: (message) => new TransportReceiver(costed().transport, LENGTHS, message),
  };
}
