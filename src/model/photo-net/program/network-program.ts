/** The program of a photo-net for images of one shape: its operations and where in memory everything lies. docs/design/network.md. */
import { defined } from '../../../base/defined.ts';
import type { BatchShape } from '../../denoiser.ts';
import { type MapName, networkSteps } from '../network-steps.ts';
import { type FeatureMap, layOutMap, levelShapes } from './feature-maps.ts';
import { COUNTER_BYTES, type Epilogue, type Operation, RECORD_BYTES, scratchBytes } from './operations.ts';
import type { PlacedConv, PlacedWeights } from './program-weights.ts';

/** Areas start at multiples of a cache line. */
const ALIGNMENT = 64;

/** Addresses of gain and shift of a residual block, one value for each of its channels in memory. */
export interface FilmArea {
  readonly channels: number;
  readonly gain: number;
  readonly shift: number;
}

/** A program at its place in memory. */
export interface Program {
  readonly operations: readonly Operation[];
  /** Packed patches, and what the network answers. */
  readonly input: FeatureMap;
  readonly output: FeatureMap;
  /** Areas of the blocks, in the order in which they run. */
  readonly films: readonly FilmArea[];
  /** Addresses of the records of the operations, and of their counters. */
  readonly records: number;
  readonly counters: number;
  /** Address of the first thread's scratch memory; each thread has so many bytes. */
  readonly scratch: number;
  readonly scratchBytes: number;
  /** End of the memory that the program takes. */
  readonly end: number;
}

/**
 * Lays out the program.
 *
 * @param shape - batch, and height and width in positions of the finest level
 * @param start - first address that it may use
 * @param threads - most threads that run it together
 */
export function layOutProgram(weights: PlacedWeights, shape: BatchShape, start: number, threads: number): Program {
  let end = start;
  const take = (bytes: number): number => {
    const at = end;
    end += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    return at;
  };
  const shapes = levelShapes(shape, weights.encoder.length);
  const map = (level: number, channels: number): FeatureMap => {
    const laidOut = layOutMap(shapes[level], channels, end);
    take(laidOut.bytes);
    return laidOut;
  };
  const widths = [weights.convIn, ...weights.down].map(({ outputs }) => outputs);
  const input = map(0, weights.convIn.channels);
  const states = widths.map((width, level) => map(level, width));
  const inner = widths.map((width, level) => map(level, width));
  const output = map(0, weights.convOut.outputs);
  const films: FilmArea[] = [];

  const maps = new Map<MapName, FeatureMap>([
    ['input', input],
    ['output', output],
  ]);
  states.forEach((state, level) => void maps.set(`state ${level}`, state));
  inner.forEach((map, level) => void maps.set(`inner ${level}`, map));
  const filmOf = (layer: PlacedConv): Pick<Epilogue, 'gain' | 'shift'> => {
    const { outputs: channels } = layer;
    const film = { gain: take(channels * 4), shift: take(channels * 4) };
    films.push({ channels, ...film });
    return film;
  };
  const operations = networkSteps(weights).map((step): Operation => {
    const { kind, rectify, accumulate } = step;
    const [from, to] = [maps.get(step.input), maps.get(step.output)] as [FeatureMap, FeatureMap];
    const factors =
      kind === 'conv' && step.film !== undefined ? filmOf(step.layer) : { gain: 0, shift: step.layer.bias };
    const filter = kind === 'conv' ? step.layer.filters[to.shape.tileSide] : step.layer.weights;
    return { kind, input: from, output: to, weights: filter, ...factors, ...defined({ rectify, accumulate }) };
  });

  const scratch = Math.max(...operations.map(scratchBytes));
  return {
    ...{ operations, input, output, films },
    records: take(operations.length * RECORD_BYTES),
    counters: take(operations.length * COUNTER_BYTES),
    scratch: take(scratch * threads),
    scratchBytes: scratch,
    end,
  };
}
