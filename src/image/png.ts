const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const IEND = 0x49454e44;

/**
 * Refuses a PNG without its IEND chunk. libpng stops reading after the last pixel and so would take a file that lacks only
 * its end, as an interrupted download may leave it. Other files pass.
 *
 * @throws Error if the bytes are a PNG that ends early
 */
export function assertPngIsComplete(bytes: Uint8Array): void {
  if (!SIGNATURE.every((byte, i) => bytes[i] === byte)) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // A chunk is length, type, data and CRC: 12 bytes and its data (PNG, section 5.3).
  for (let offset = SIGNATURE.length; offset + 12 <= bytes.length; offset += 12 + view.getUint32(offset)) {
    if (view.getUint32(offset + 4) === IEND) return;
  }
  throw new Error('truncated PNG: it has no IEND chunk');
}
