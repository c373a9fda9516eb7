/**
 * The range decoder of src/codec/entropy/range-decoder.ts, for binary decisions. The message comes in pieces, through a
 * buffer.
 */
const MIN_RANGE: u32 = 1 << 24;
const BUFFER: usize = 1 << 16;
/** At least as many bytes as any pixel takes: 3 samples of 8 decisions of at most 2 bytes, and 4 at the start. */
const PIXEL_BYTES: i32 = 64;

/** More bytes will come; none, because the message is whole; none, because it was cut. */
export const COMING: i32 = 0;
export const WHOLE: i32 = 1;
export const CUT: i32 = 2;

const buffer: usize = memory.data(1 << 16, 16);
let from: usize = buffer;
let end: usize = buffer;
let state: i32 = COMING;
let offset: u32 = 0;
let range: u32 = 0;

/** Moves the unread bytes to the start of the buffer; returns the address after them. */
export function inputAt(): usize {
  if (from <= end) {
    memory.copy(buffer, from, end - from);
    end = buffer + (end - from);
    from = buffer;
  }
  return end;
}

/** Number of bytes that `inputAt` has room for. */
export function inputRoom(): usize {
  return buffer + BUFFER - end;
}

/** Tells the number of bytes written to `inputAt`, and what comes after them. */
export function supply(bytes: usize, newState: i32): void {
  end += bytes;
  state = newState;
}

/** Number of bytes that are not read yet; below 0 if zeros after the end have been read. */
export function unread(): i32 {
  return <i32>(end - from);
}

/** Whether the bytes of the next pixel are there in any case, or no more will come. */
export function isReady(): bool {
  return state !== COMING || unread() >= PIXEL_BYTES;
}

/** Whether decisions depend on bytes that will never come. */
export function isPastCut(): bool {
  return state === CUT && unread() < 0;
}

function next(): u32 {
  const byte = from < end ? <u32>load<u8>(from) : 0;
  from++;
  return byte;
}

/** Reads the start of the message. */
export function startMessage(): void {
  for (let i = 0; i < 4; i++) offset = (offset << 8) | next();
  range = 0xffffffff;
  // No encoder writes ff ff ff ff, but the offset must be below the range for hostile bytes too.
  offset = min<u32>(offset, range - 1);
}

/**
 * Reads a binary decision.
 *
 * @param probability - of a 1, in 1/65536, 1..65535
 */
export function decodeBit(probability: u32): i32 {
  const split = <u32>((<u64>range * <u64>probability) >> 16);
  const bit = offset < split;
  if (bit) {
    range = split;
  } else {
    offset -= split;
    range -= split;
  }
  while (range < MIN_RANGE) {
    offset = (offset << 8) | next();
    range <<= 8;
  }
  return bit ? 1 : 0;
}
