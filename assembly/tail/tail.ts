/**
 * The lossless tail's model and coder as a WebAssembly SIMD kernel (AssemblyScript). It gives the same bits as the
 * reference src/codec/tail/reference, which explains the model; the comments here are about speed only. Built by
 * scripts/build-embedded.js. An instance codes one picture.
 */
import { codeSample, leaveDecisions, openDecisions } from './decisions';
import { weights } from './network';
import { addRow, inputLogVariance, inputMean, inputState, openPlanes, startRow, width } from './planes';
import { learnSample, leavePixel, openPrediction, predictSample, visitPixel } from './prediction';
import { isReady, startMessage } from './range-decoder';
import { clearOutput, finishMessage, output, outputLength } from './range-encoder';

export { inputAt, inputRoom, supply, unread } from './range-decoder';
export { addRow };

/** Most bytes that a sample takes: 8 decisions of at most 16 bits. */
const SAMPLE_BYTES: usize = 16;

let channels: i32 = 3;
/** Samples of the current row. */
let samples: usize = 0;
let row: i32 = 0;
let column: i32 = 0;
let isStarted: bool = false;

/**
 * Starts a picture. Before row r is coded, rows -4 .. r + 1 must have been added; rows outside the picture are its first
 * and last one.
 *
 * @param colours - 1 or 3
 * @param index - noise index of the state
 */
export function open(pictureWidth: i32, height: i32, colours: i32, index: i32): void {
  channels = colours;
  openPlanes(pictureWidth);
  openPrediction(channels, index);
  openDecisions(width, height);
  samples = heap.alloc(<usize>(width * channels));
}

// Addresses of what the caller writes: the network's weights, a row of the planes, samples of a row; and of what it reads.
export function weightsAt(): usize {
  return weights;
}
export function stateAt(): usize {
  return inputState;
}
export function meanAt(): usize {
  return inputMean;
}
export function logVarianceAt(): usize {
  return inputLogVariance;
}
export function samplesAt(): usize {
  return samples;
}
export function outputAt(): usize {
  return output;
}

/** Encodes the samples of the next row; returns the number of bytes in the output. */
export function encodeRow(): usize {
  clearOutput(<usize>(width * channels) * SAMPLE_BYTES);
  startRow(row++);
  let sample = samples;
  for (let x = 0; x < width; x++) {
    visitPixel(x);
    for (let c = 0; c < channels; c++, sample++) {
      const value = <i32>load<u8>(sample);
      predictSample(c);
      codeSample(c, false, value);
      learnSample(c, <f32>value);
    }
    leavePixel(x);
    leaveDecisions(channels);
  }
  return outputLength;
}

/** Ends the message; returns the number of bytes in the output. */
export function finish(): usize {
  clearOutput(SAMPLE_BYTES);
  finishMessage();
  return outputLength;
}

/**
 * Decodes the next row as far as its bytes are there. Returns 0 when it is finished, 1 if it waits for bytes, 2 if a
 * pixel depends on bytes that will never come.
 */
export function decodeRow(): i32 {
  if (column === 0) startRow(row);
  for (; column < width; column++) {
    if (!isReady()) return 1;
    if (!isStarted) startMessage();
    isStarted = true;
    visitPixel(column);
    const pixel = samples + <usize>(column * channels);
    for (let c = 0; c < channels; c++) {
      predictSample(c);
      const value = codeSample(c, true, 0);
      if (value < 0) return 2;
      store<u8>(pixel + c, <u8>value);
      learnSample(c, <f32>value);
    }
    leavePixel(column);
    leaveDecisions(channels);
  }
  column = 0;
  row++;
  return 0;
}
