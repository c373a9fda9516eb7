/**
 * Convolutions of U-Nets as a WebAssembly SIMD kernel (AssemblyScript). The kernel works in the memory of the
 * tensor library's WebAssembly module. Its results equal those of the library's convolution (XNNPACK) bit for bit: each
 * output is bias + x w + x w + .., added product by product in the order of filter rows, filter columns and input
 * channels. Built by scripts/build-embedded.js; called by src/model/convolution/wasm-convolution.ts.
 *
 * The inner loop computes 4 pixels x 8 channels. It is not unrolled, on purpose: V8 would move the loads of all copies
 * to the front, run out of registers and keep sums on the stack. That costs a quarter of the speed and, depending on
 * the address of the stack, up to half of it.
 */

/** Pixels and output channels of a tile: what the inner loop computes. */
const PIXELS: i32 = 4;
const CHANNELS: i32 = 8;
/** Bytes of the addresses of a tile's pixels, 32 bits each. */
const ADDRESSES: usize = PIXELS * 4;

/**
 * Computes and stores a tile.
 *
 * @param addresses - for each filter row, the addresses of the 4 pixels' first inputs; then those of the 4 pixels'
 *   outputs
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
  let out = <usize>load<u32>(at) + channel;
  v128.store(out, s00);
  v128.store(out, s01, 16);
  out = <usize>load<u32>(at, 4) + channel;
  v128.store(out, s10);
  v128.store(out, s11, 16);
  out = <usize>load<u32>(at, 8) + channel;
  v128.store(out, s20);
  v128.store(out, s21, 16);
  out = <usize>load<u32>(at, 12) + channel;
  v128.store(out, s30);
  v128.store(out, s31, 16);
}

/**
 * First input row that output row y needs. y counts the rows of all images, one image below the other, without borders;
 * the result counts them with the border rows above and below each image.
 */
function borderedRow(y: i32, height: i32): i32 {
  return (y / height) * (height + 2) + (y % height);
}

/**
 * Copies rows of the images with a border of zeros.
 *
 * @param border - bytes of the border at either end of a row: those of a pixel
 * @param from - first row, counted through all images with their borders, one image below the other
 * @param padded - receives the rows
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
    const stackedRow = from + i;
    const image = stackedRow / (height + 2);
    const y = (stackedRow % (height + 2)) - 1;
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
 * Convolves images (batch, height, width, channels), a group of output rows at a time.
 *
 * @param side - side of the filter: 1; or 3 (border of zeros). The output is as large as the input
 * @param channels - channels of the input
 * @param weights - for each 8 output channels: (filter rows, filter columns, channels, 8)
 * @param outputs - channels of the output, a multiple of 8
 * @param group - number of output rows in a group
 * @param scratch - memory for the addresses of a group, (side + 1) * 16 bytes for each 4 pixels, and then, if there is
 *   a border, for the group's input rows with it
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
  group: i32,
  scratch: usize,
): void {
  const pixelBytes = <usize>channels * 4;
  const rowBytes = <usize>width * pixelBytes;
  const run = <usize>side * pixelBytes;
  const blockBytes = <usize>side * run * CHANNELS;
  const tileBytes = <usize>(side + 1) * ADDRESSES;
  const tiles = (group * width + PIXELS - 1) / PIXELS;
  const padded = scratch + <usize>tiles * tileBytes;
  const total = batch * height;
  for (let first = 0; first < total; first += group) {
    const last = min(first + group, total) - 1;
    const pixels = (last - first + 1) * width;
    // Address that input row 0 of all images has or would have, and bytes from one row to the next.
    let source = input;
    let sourcePitch = rowBytes;
    if (side === 3) {
      const top = borderedRow(first, height);
      const bottom = borderedRow(last, height) + 2;
      copyPadded(input, height, rowBytes, pixelBytes, top, bottom - top + 1, padded);
      sourcePitch = rowBytes + 2 * pixelBytes;
      source = padded - <usize>top * sourcePitch;
    }
    const count = (pixels + PIXELS - 1) / PIXELS;
    // The last tile repeats the last pixel.
    for (let p = 0; p < count * PIXELS; p++) {
      const pixel = min(p, pixels - 1);
      const y = first + pixel / width;
      const x = pixel % width;
      const stackedRow = side === 3 ? borderedRow(y, height) : y;
      let at = scratch + <usize>(p / PIXELS) * tileBytes + <usize>(p % PIXELS) * 4;
      let from = source + <usize>stackedRow * sourcePitch + <usize>x * pixelBytes;
      for (let row = 0; row < side; row++, at += ADDRESSES, from += sourcePitch) store<u32>(at, <u32>from);
      store<u32>(at, <u32>(output + <usize>(first * width + pixel) * <usize>outputs * 4));
    }
    for (let o = 0; o < outputs; o += CHANNELS) {
      const block = weights + <usize>(o / CHANNELS) * blockBytes;
      for (let i = 0; i < count; i++) tile(scratch + <usize>i * tileBytes, side, run, block, bias, <usize>o * 4);
    }
  }
}
