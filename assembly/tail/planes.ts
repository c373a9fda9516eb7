/**
 * The planes around the current pixel: a ring of rows, filled row by row, so that the memory does not depend on the
 * picture's height. docs/format.md, "Tail planes".
 *
 * A row has the picture's pixels and a border of 4 on each side, three samples a pixel. Neighbours are at most 4 rows
 * above and 1 row below.
 */
const BORDER: i32 = 4;
const ROWS: i32 = 8;
const GREY_UNIT: f32 = 127.5;

export let width: i32 = 0;
/** Posterior mean, noise y - D, logarithm of the variance, and grey levels known so far: float32 samples. */
export let mean: usize = 0;
export let noise: usize = 0;
export let logVariance: usize = 0;
export let grey: usize = 0;
/** Absolute errors of a sample: of the global regression, the local one, and their mean; then 0. float32. */
export let errors: usize = 0;
/** Pixels that are coded, one 32-bit number each, colour 0 in the highest of 24 bits; 0 where there is none. */
export let colours: usize = 0;

/** Input of `addRow`: rows of `width` pixels of state, mean and logarithm of the variance. */
export let inputState: usize = 0;
export let inputMean: usize = 0;
export let inputLogVariance: usize = 0;

let rowBytes: usize = 0;
/** Slot of the row that is added next. */
let slot: i32 = 0;
/** Slot of the current row, and the offset of its first pixel's first sample. */
let currentSlot: i32 = 0;
export let rowAt: usize = 0;

/** Offsets of neighbours from the current pixel, as 32-bit numbers: valid in the current row. */
export const NEAR: usize = 24;
export const near: usize = memory.data(<i32>NEAR * 4, 16);
export const AROUND: usize = 8;
export const around: usize = memory.data(<i32>AROUND * 4, 16);
export const NOISY: usize = 5;
export const noisy: usize = memory.data(<i32>NOISY * 4, 16);
export const SPREAD: usize = 4;
export const spread: usize = memory.data(<i32>SPREAD * 4, 16);
/** Offsets of the pixels to the left and above in `colours`. */
export const corners: usize = memory.data(2 * 4, 16);

// Columns and rows of these neighbours.
const nearList: usize = memory.data<i8>([
  -1, 0, 0, -1, -1, -1, 1, -1, -2, 0, 0, -2, -2, -1, 2, -1, -1, -2, 1, -2, -2, -2, 2, -2, -3, 0, 0, -3, -3, -1, 3, -1,
  -1, -3, 1, -3, -3, -2, 3, -2, -2, -3, 2, -3, -4, 0, 0, -4,
]);
const aroundList: usize = memory.data<i8>([-1, 0, 0, -1, -1, -1, 1, -1, 1, 0, 0, 1, 1, 1, -1, 1]);
const noisyList: usize = memory.data<i8>([0, 0, 1, 0, 0, 1, -1, 1, 1, 1]);
const spreadList: usize = memory.data<i8>([-1, 0, 0, -1, 1, 0, 0, 1]);

/** Reserves the planes for a width. */
export function openPlanes(pictureWidth: i32): void {
  width = pictureWidth;
  const pixels = <usize>(width + 2 * BORDER);
  rowBytes = pixels * 12;
  // Vectors of a pixel's three samples end 4 bytes later.
  const plane = <usize>ROWS * rowBytes + 16;
  mean = heap.alloc(plane);
  noise = heap.alloc(plane);
  logVariance = heap.alloc(plane);
  grey = heap.alloc(plane);
  errors = heap.alloc(plane * 4);
  colours = heap.alloc(<usize>ROWS * pixels * 4);
  inputState = heap.alloc(<usize>width * 12);
  inputMean = heap.alloc(<usize>width * 12);
  inputLogVariance = heap.alloc(<usize>width * 12);
  slot = ROWS - BORDER;
}

/** Copies the first and the last pixel of a row to its border. */
function extend(row: usize): void {
  const first = row + BORDER * 12;
  const last = first + <usize>(width - 1) * 12;
  for (let i: usize = 1; i <= <usize>BORDER; i++) {
    memory.copy(first - i * 12, first, 12);
    memory.copy(last + i * 12, last, 12);
  }
}

/**
 * Adds the row in the input to the ring, from row -4 on: rows outside the picture repeat its first and last one.
 */
export function addRow(): void {
  const row = <usize>slot * rowBytes;
  const from = row + BORDER * 12;
  for (let i: usize = 0; i < <usize>width * 12; i += 4) {
    const d = load<f32>(inputMean + i);
    const v = load<f32>(inputLogVariance + i);
    store<f32>(mean + from + i, (d + 1) * GREY_UNIT);
    store<f32>(noise + from + i, (load<f32>(inputState + i) - d) * GREY_UNIT);
    const raised: f32 = v < -20 ? -20 : v;
    store<f32>(logVariance + from + i, raised > 4 ? 4 : raised);
  }
  extend(mean + row);
  extend(noise + row);
  extend(logVariance + row);
  memory.copy(grey + row, mean + row, rowBytes);
  memory.fill(errors + row * 4, 0, rowBytes * 4);
  memory.fill(colours + row / 3, 0, rowBytes / 3);
  slot = (slot + 1) & (ROWS - 1);
}

function locate(list: usize, count: usize, offsets: usize): void {
  for (let k: usize = 0; k < count; k++) {
    const column = <i32>load<i8>(list + (k << 1));
    const row = <i32>load<i8>(list + (k << 1), 1);
    const other = (currentSlot + row) & (ROWS - 1);
    store<i32>(offsets + (k << 2), (other - currentSlot) * <i32>rowBytes + column * 12);
  }
}

/** Makes a row the current one; the rows to one below it must have been added. */
export function startRow(row: i32): void {
  currentSlot = row & (ROWS - 1);
  rowAt = <usize>currentSlot * rowBytes + BORDER * 12;
  locate(nearList, NEAR, near);
  locate(aroundList, AROUND, around);
  locate(noisyList, NOISY, noisy);
  locate(spreadList, SPREAD, spread);
  for (let k: usize = 0; k < 2; k++) store<i32>(corners + k * 4, load<i32>(near + k * 4) / 3);
}
