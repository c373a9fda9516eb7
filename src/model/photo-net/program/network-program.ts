/** The program of a photo-net for images of one shape: its operations and where in memory everything lies. docs/design/network.md. */
import type { BatchShape } from '../../denoiser.ts';
import { type FeatureMap, layOutMap, levelShapes } from './feature-maps.ts';
import { COUNTER_BYTES, type Epilogue, type Operation, RECORD_BYTES, scratchBytes } from './operations.ts';
import type { PlacedBlock, PlacedConv, PlacedResampling, PlacedWeights } from './program-weights.ts';

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
  const operations: Operation[] = [];

  const conv = (layer: PlacedConv, from: FeatureMap, to: FeatureMap, epilogue: Partial<Epilogue> = {}): void => {
    const filter = layer.filters[to.shape.tileSide];
    operations.push({
      kind: 'conv',
      input: from,
      output: to,
      weights: filter,
      gain: 0,
      shift: layer.bias,
      ...epilogue,
    });
  };
  const resample = (kind: 'down' | 'up', layer: PlacedResampling, from: FeatureMap, to: FeatureMap): void => {
    const epilogue = { gain: 0, shift: layer.bias, accumulate: kind === 'up' };
    operations.push({ kind, input: from, output: to, weights: layer.weights, ...epilogue });
  };
  const runBlocks = (blocks: readonly PlacedBlock[], level: number, isLast: boolean): void => {
    blocks.forEach(({ conv1, conv2 }, i) => {
      const bytes = conv1.outputs * 4;
      const film = { gain: take(bytes), shift: take(bytes) };
      films.push({ channels: conv1.outputs, ...film });
      conv(conv1, states[level], inner[level], { ...film, rectify: 'before' });
      const rectify = isLast && i === blocks.length - 1 ? 'after' : undefined;
      conv(conv2, inner[level], states[level], { accumulate: true, ...(rectify && { rectify }) });
    });
  };

  conv(weights.convIn, input, states[0]);
  weights.encoder.forEach((blocks, level) => {
    runBlocks(blocks, level, weights.encoder.length === 1);
    const down = weights.down[level];
    if (down) resample('down', down, states[level], states[level + 1]);
  });
  for (let level = weights.up.length - 1; level >= 0; level--) {
    resample('up', weights.up[level], states[level + 1], states[level]);
    runBlocks(weights.decoder[level], level, level === 0);
  }
  conv(weights.convOut, states[0], output);

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
