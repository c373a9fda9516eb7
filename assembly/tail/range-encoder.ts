/**
 * The range encoder of src/codec/entropy/range-encoder.ts, for binary decisions: the same bytes. Bytes that a carry can
 * still change are held back, so that those in the output are final.
 */
const MIN_RANGE: u32 = 1 << 24;

let low: u32 = 0;
let range: u32 = 0xffffffff;
/** The last byte that is not 255, or -1 before the first byte; and the number of bytes 255 after it. */
let held: i32 = -1;
let held255: usize = 0;

/** Bytes that are final: `outputLength` of them. */
export let output: usize = 0;
export let outputLength: usize = 0;
let capacity: usize = 0;

/** Empties the output and makes room for `bytes` more. */
export function clearOutput(bytes: usize): void {
  outputLength = 0;
  const needed = bytes + held255 + 8;
  if (needed <= capacity) return;
  capacity = needed * 2;
  output = heap.alloc(capacity);
}

function write(byte: i32): void {
  store<u8>(output + outputLength++, <u8>byte);
}

/** Moves the held bytes to the output. */
function release(): void {
  if (held >= 0) write(held);
  for (; held255 > 0; held255--) write(255);
}

function put(byte: i32): void {
  if (byte === 255) {
    held255++;
    return;
  }
  release();
  held = byte;
}

/** Adds 1 to the bytes so far, taken as one number. */
function carry(): void {
  if (held255 === 0) {
    held++;
    return;
  }
  // The bytes 255 become 0; the last of them is held.
  write(held + 1);
  for (; held255 > 1; held255--) write(0);
  held255 = 0;
  held = 0;
}

/**
 * Appends a binary decision.
 *
 * @param probability - of a 1, in 1/65536, 1..65535
 */
export function encodeBit(bit: i32, probability: u32): void {
  const split = <u32>((<u64>range * <u64>probability) >> 16);
  if (bit) {
    range = split;
  } else {
    range -= split;
    low += split;
    if (low < split) carry();
  }
  while (range < MIN_RANGE) {
    put(low >> 24);
    low <<= 8;
    range <<= 8;
  }
}

/** Appends the fewest bytes that, followed by zeros, lie in the interval. */
export function finishMessage(): void {
  for (let count = 0; ; count++) {
    const unit = (<u64>1) << (32 - 8 * count);
    const value = ((<u64>low + unit - 1) / unit) * unit;
    if (value - <u64>low >= <u64>range) continue;
    if (value >> 32 > 0) carry();
    for (let i = 0; i < count; i++) put(<i32>(<u32>value >> (24 - 8 * i)) & 255);
    release();
    return;
  }
}
