/** An operation of the network's program: a record of 32-bit words in memory, written by src/model/photo-net/program/operations.ts. */

/** Kinds: 3x3, zero padding, in tiles of 4x4 outputs; the same in tiles of 2x2; 2x2 with stride 2; any other: transposed 2x2 with stride 2. */
export const CONV_4: i32 = 0;
export const CONV_2: i32 = 1;
export const DOWN: i32 = 2;

/** Bytes of a record. */
export const RECORD: usize = 80;

@unmanaged
export class Operation {
  kind: i32;
  /** Address of the first pixel of the first image, and bytes from a row to the next and from an image to the next. */
  input: usize;
  inputPitch: usize;
  inputImage: usize;
  output: usize;
  outputPitch: usize;
  outputImage: usize;
  weights: usize;
  /** For each output channel: value = sum * gain + shift (0: no gain, value = sum + shift). */
  gain: usize;
  shift: usize;
  /** 1: at least 0, before what is in `output` is added; 2: after it. */
  rectify: i32;
  /** 1: the value is added to what is in `output`. */
  accumulate: i32;
  batch: i32;
  /** Size of the images of which a tile or pixel is a job: the output; of UP the input. */
  height: i32;
  width: i32;
  channels: i32;
  outputs: i32;
  /** Tiles or pixels of a block, and number of blocks. */
  blockSize: i32;
  blocks: i32;
}
