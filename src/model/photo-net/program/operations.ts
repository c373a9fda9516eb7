/** The records of the network's program, as assembly/network/operation.ts reads them. */
import type { StepEpilogue } from '../network-steps.ts';
import type { FeatureMap, TileSide } from './feature-maps.ts';

/** Bytes of a record. */
export const RECORD_BYTES = 80;
/** Bytes of the two counters of an operation. */
export const COUNTER_BYTES = 8;

const CONV_4 = 0;
const CONV_2 = 1;
const DOWN = 2;
const UP = 3;

/** Rows of a product that are computed together; blocks are multiples of it. */
const ROWS = 4;
/** Bytes of scratch memory that a block may take, so that it stays in the second-level cache beside the weights. */
const BLOCK_BYTES = 224 * 1024;
const MOST_ROWS = 64;
/** Bytes of scratch memory for the transforms of a tile, and for the gaps between the matrices of both sides of a product. */
const TRANSFORM_BYTES = 1024;
const GAP_BYTES = 2 * 36 * 64;

/** What follows the sums of an operation. */
export interface Epilogue extends StepEpilogue {
  /** Address of the factor of each output channel; 0: none. */
  readonly gain: number;
  /** Address of what is added to each output channel. */
  readonly shift: number;
}

/** An operation of the program. */
export interface Operation extends Epilogue {
  readonly kind: 'conv' | 'down' | 'up';
  readonly input: FeatureMap;
  readonly output: FeatureMap;
  /** Address of the weights, in the layout of the operation. */
  readonly weights: number;
}

/** Products of a row of a block: those of a tile or pixel. */
function productShape({ kind, input, output }: Operation): { positions: number; inner: number; outer: number } {
  const [inner, outer] = [input.channels, output.channels];
  if (kind === 'down') return { positions: 1, inner: 4 * inner, outer };
  if (kind === 'up') return { positions: 1, inner, outer: 4 * outer };
  return { positions: (input.shape.tileSide + 2) ** 2, inner, outer };
}

/** Bytes of scratch memory for a row of a block. */
function rowBytes(operation: Operation): number {
  const { positions, inner, outer } = productShape(operation);
  return positions * (inner + outer) * 4;
}

/** Tiles or pixels of all images. */
function rowCount({ kind, input, output }: Operation): number {
  const { batch, height, width, tileSide } = (kind === 'up' ? input : output).shape;
  const across = (side: number, step: TileSide | 1): number => Math.ceil(side / step);
  const step = kind === 'conv' ? tileSide : 1;
  return batch * across(height, step) * across(width, step);
}

/** Most tiles or pixels of a block. */
function mostRows(operation: Operation): number {
  const fitting = Math.floor(BLOCK_BYTES / rowBytes(operation) / ROWS) * ROWS;
  return Math.min(Math.max(fitting, ROWS), MOST_ROWS);
}

/** Tiles or pixels of a block, such that each thread gets as many. */
function blockSize(operation: Operation, threads: number): number {
  const rows = rowCount(operation);
  const rounds = Math.ceil(rows / (threads * mostRows(operation)));
  return Math.ceil(rows / (rounds * threads) / ROWS) * ROWS;
}

/** Bytes of scratch memory that a thread needs for an operation. */
export function scratchBytes(operation: Operation): number {
  return TRANSFORM_BYTES + mostRows(operation) * rowBytes(operation) + GAP_BYTES;
}

/** The record of an operation that so many threads run together at most. */
export function recordOf(operation: Operation, threads: number): Int32Array {
  const { kind, input, output, weights, gain, shift, rectify, accumulate } = operation;
  const { batch, height, width, tileSide } = (kind === 'up' ? input : output).shape;
  const size = blockSize(operation, threads);
  const record = new Int32Array(RECORD_BYTES / 4);
  record.set([
    kind === 'down' ? DOWN : kind === 'up' ? UP : tileSide === 4 ? CONV_4 : CONV_2,
    ...[input.first, input.pitch, input.image],
    ...[output.first, output.pitch, output.image],
    ...[weights, gain, shift],
    rectify === undefined ? 0 : rectify === 'before' ? 1 : 2,
    accumulate ? 1 : 0,
    ...[batch, height, width],
    ...[input.channels, output.channels],
    ...[size, Math.ceil(rowCount(operation) / size)],
  ]);
  return record;
}
