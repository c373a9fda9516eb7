/**
 * Convolutions of the denoiser as a WebAssembly SIMD kernel, in AssemblyScript, on the memory of the tensor library's own module.
 * Results are those of its convolution (XNNPACK's) bit for bit: each output is bias + x w + x w + .., product by product in the order
 * of filter rows, filter columns and input channels. Built by scripts/build-embedded.js; src/model/convolution/wasm-convolution.ts calls it.
 *
 * The inner loop makes 4 pixels x 8 channels. It is not unrolled, on purpose: V8 would move the loads of all copies to the front, run
 * out of registers and keep sums on the stack, which costs a quarter of the speed and, depending on where the stack happens to lie, up to
 * half of it.
 */

/** Pixels and channels of a tile. */
const PIXELS: i32 = 4;
const CHANNELS: i32 = 8;
/** Bytes of the addresses of a tile's pixels. */
const ADDRESSES: usize = PIXELS * 4;

/** What is done with the sums of a tile; addresses are 0 for what is not done. */
let gainPtr: usize = 0;
let shiftPtr: usize = 0;
/** From an output to the number that is added to it. */
let residualAway: usize = 0;
let rectified: bool = false;

/** FiLM, residual and rectifier of 4 channels of a pixel. */
function finished(output: usize, sum: v128, channel: usize): v128 {
  let value = sum;
  if (gainPtr !== 0) {
    value = f32x4.add(v128.load(shiftPtr + channel), f32x4.mul(value, v128.load(gainPtr + channel)));
    value = f32x4.max(value, f32x4.splat(0));
  }
  if (residualAway !== 0) value = f32x4.add(v128.load(output + residualAway), value);
  return rectified ? f32x4.max(value, f32x4.splat(0)) : value;
}

/** Stores the 8 channels of a pixel. */
function finish(output: usize, first: v128, second: v128, channel: usize): void {
  v128.store(output, finished(output, first, channel));
  v128.store(output, finished(output + 16, second, channel + 16), 16);
}

/**
 * A tile.
 *
 * @param addresses - for each filter row, where the 4 pixels' inputs start; then where the pixels' outputs go
 * @param run - bytes of a filter row's inputs: filter columns x channels
 * @param channel - byte offset of the first of the 8 channels
 */
function tile(addresses: usize, rows: i32, run: usize, weights: usize, bias: usize, channel: usize): void {
  let s00 = v128.load(bias + channel);
  let s01 = v128.load(bias + channel, 16);
  let s10 = s00;
  let s11 = s01;
  let s20 = s00;
  let s21 = s01;
  let s30 = s00;
  let s31 = s01;
  let w = weights;
  let at = addresses;
  for (let row = 0; row < rows; row++, at += ADDRESSES) {
    let x0 = <usize>load<u32>(at);
    let x1 = <usize>load<u32>(at, 4);
    let x2 = <usize>load<u32>(at, 8);
    let x3 = <usize>load<u32>(at, 12);
    for (const end = x0 + run; x0 < end; x0 += 4, x1 += 4, x2 += 4, x3 += 4, w += 32) {
      const w0 = v128.load(w);
      const w1 = v128.load(w, 16);
      let x = v128.load32_splat(x0);
      s00 = f32x4.add(s00, f32x4.mul(x, w0));
      s01 = f32x4.add(s01, f32x4.mul(x, w1));
      x = v128.load32_splat(x1);
      s10 = f32x4.add(s10, f32x4.mul(x, w0));
      s11 = f32x4.add(s11, f32x4.mul(x, w1));
      x = v128.load32_splat(x2);
      s20 = f32x4.add(s20, f32x4.mul(x, w0));
      s21 = f32x4.add(s21, f32x4.mul(x, w1));
      x = v128.load32_splat(x3);
      s30 = f32x4.add(s30, f32x4.mul(x, w0));
      s31 = f32x4.add(s31, f32x4.mul(x, w1));
    }
  }
  finish(<usize>load<u32>(at) + channel, s00, s01, channel);
  finish(<usize>load<u32>(at, 4) + channel, s10, s11, channel);
  finish(<usize>load<u32>(at, 8) + channel, s20, s21, channel);
  finish(<usize>load<u32>(at, 12) + channel, s30, s31, channel);
}

/** The first of the rows that output row y needs, counted through all images with their borders; y is counted without. */
function bordered(y: i32, height: i32): i32 {
  return (y / height) * (height + 2) + (y % height);
}

/**
 * Copies rows of the images with a border of zeros.
 *
 * @param border - bytes of a pixel
 * @param from - first row, counted through all images, one with its border above the other
 */
function copyPadded(
  input: usize,
  height: i32,
  rowBytes: usize,
  border: usize,
  from: i32,
  rows: i32,
  padded: usize,
): void {
  let to = padded;
  for (let i = 0; i < rows; i++) {
    const tall = from + i;
    const image = tall / (height + 2);
    const y = (tall % (height + 2)) - 1;
    if (y < 0 || y >= height) {
      memory.fill(to, 0, rowBytes + 2 * border);
    } else {
      memory.fill(to, 0, border);
      memory.copy(to + border, input + <usize>(image * height + y) * rowBytes, rowBytes);
      memory.fill(to + border + rowBytes, 0, border);
    }
    to += rowBytes + 2 * border;
  }
}

/**
 * Convolves images (batch, height, width, channels), rows of outputs in groups.
 *
 * @param side - of the filter: 1; 2 with stride 2, without a border; 3 with a border of zeros, output as large as the input
 * @param channels - of the input
 * @param weights - for each 8 output channels: (filter rows, filter columns, channels, 8)
 * @param outputs - channels of the output, a multiple of 8
 * @param pitch - bytes from an output row to the next
 * @param gain - FiLM: relu(sum * gain + shift) for each output channel; 0: none
 * @param residual - added to the output, and laid out like it; 0: none
 * @param rectify - the output is at least 0
 * @param group - rows of outputs at a time
 * @param scratch - memory for the addresses of a group, (side + 1) * 16 bytes for each 4 pixels, and then, for a border, its rows
 */
export function convolve(
  input: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  side: i32,
  weights: usize,
  bias: usize,
  outputs: i32,
  output: usize,
  pitch: usize,
  gain: usize,
  shift: usize,
  residual: usize,
  rectify: bool,
  group: i32,
  scratch: usize,
): void {
  gainPtr = gain;
  shiftPtr = shift;
  residualAway = residual === 0 ? 0 : residual - output;
  rectified = rectify;
  const pixelBytes = <usize>channels * 4;
  const rowBytes = <usize>width * pixelBytes;
  const stride = side === 2 ? 2 : 1;
  const outHeight = height / stride;
  const outWidth = width / stride;
  const run = <usize>side * pixelBytes;
  const blockBytes = <usize>side * run * CHANNELS;
  const tileBytes = <usize>(side + 1) * ADDRESSES;
  const tiles = (group * outWidth + PIXELS - 1) / PIXELS;
  const padded = scratch + <usize>tiles * tileBytes;
  const total = batch * outHeight;
  for (let first = 0; first < total; first += group) {
    const last = min(first + group, total) - 1;
    const pixels = (last - first + 1) * outWidth;
    // Where row 0 of all images, one above the other, would lie, and bytes from a row to the next.
    let source = input;
    let sourcePitch = rowBytes;
    if (side === 3) {
      const top = bordered(first, height);
      const bottom = bordered(last, height) + 2;
      copyPadded(input, height, rowBytes, pixelBytes, top, bottom - top + 1, padded);
      sourcePitch = rowBytes + 2 * pixelBytes;
      source = padded - <usize>top * sourcePitch;
    }
    const count = (pixels + PIXELS - 1) / PIXELS;
    // The last tile repeats the last pixel.
    for (let p = 0; p < count * PIXELS; p++) {
      const pixel = min(p, pixels - 1);
      const y = first + pixel / outWidth;
      const x = pixel % outWidth;
      const tall = side === 3 ? bordered(y, height) : y * stride;
      let at = scratch + <usize>(p / PIXELS) * tileBytes + <usize>(p % PIXELS) * 4;
      let from = source + <usize>tall * sourcePitch + <usize>(x * stride) * pixelBytes;
      for (let row = 0; row < side; row++, at += ADDRESSES, from += sourcePitch) store<u32>(at, <u32>from);
      store<u32>(at, <u32>(output + <usize>y * pitch + <usize>x * <usize>outputs * 4));
    }
    for (let o = 0; o < outputs; o += CHANNELS) {
      const block = weights + <usize>(o / CHANNELS) * blockBytes;
      for (let i = 0; i < count; i++) tile(scratch + <usize>i * tileBytes, side, run, block, bias, <usize>o * 4);
    }
  }
}
