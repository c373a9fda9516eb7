/**
 * The lossless tail's model and coder as a WebAssembly SIMD kernel.
 */
import { weights, WEIGHT_BYTES } from './network';
import { addRow, inputLogVariance, inputMean, inputState, openPlanes, startRow, width } from './planes';
import { expected, globalMean, leavePixel, learnSample, localMean, mean, openPrediction, predictSample, visitPixel } from './prediction';

export { addRow };
export function weightsAt(): usize { return weights; }
export function stateAt(): usize { return inputState; }
export function meanAt(): usize { return inputMean; }
export function logVarianceAt(): usize { return inputLogVariance; }
let channels: i32 = 3;
let trace: usize = 0;
export let pixelsAt: usize = 0;
export function open(pictureWidth: i32, colours: i32, index: i32): void {
  channels = colours;
  openPlanes(pictureWidth);
  openPrediction(channels, index);
  trace = heap.alloc(<usize>pictureWidth * 3 * 32);
  pixelsAt = heap.alloc(<usize>pictureWidth * 3);
}
export function traceAt(): usize { return trace; }
export function pixels(): usize { return pixelsAt; }
export function row(y: i32): void {
  startRow(y);
  let at = 0;
  for (let x = 0; x < width; x++) {
    visitPixel(x);
    for (let c = 0; c < channels; c++, at++) {
      predictSample(c);
      const t = trace + <usize>at * 32;
      store<f32>(t, globalMean);
      store<f32>(t, localMean, 4);
      store<f32>(t, mean, 8);
      store<f32>(t, expected, 12);
      learnSample(c, <f32>load<u8>(pixelsAt + at));
    }
    leavePixel(x);
  }
}
