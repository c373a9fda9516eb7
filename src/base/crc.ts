/** Cyclic redundancy checks of the container: of the header (8 bits), of tiles (16) and of chunks (32). */

/** CRC-8/SMBUS: polynomial 0x07, initial value 0, not reflected. */
export function crc8(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 0xff : crc << 1;
  }
  return crc;
}

const CRC16_TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let i = 0; i < 8; i++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc;
});

/** CRC-16/CCITT-FALSE (IBM-3740): polynomial 0x1021, initial value 0xffff, not reflected. */
export function crc16(...parts: readonly Uint8Array[]): number {
  let crc = 0xffff;
  for (const part of parts) {
    for (const byte of part) crc = ((crc << 8) & 0xffff) ^ CRC16_TABLE[(crc >>> 8) ^ byte];
  }
  return crc;
}

const CRC32_TABLE = reflectedTable(0xedb88320);

/** Remainders of all bytes by a polynomial of 32 bits, both with their bits reversed. */
export function reflectedTable(polynomial: number): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let i = 0; i < 8; i++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    return crc;
  });
}

/** CRC-32 of PNG and zip (ISO-HDLC): polynomial 0x04c11db7, reflected, initial value and final xor 0xffffffff. */
export function crc32(...parts: readonly (Uint8Array | Uint8ClampedArray)[]): number {
  let crc = 0xffffffff;
  for (const part of parts) {
    for (const byte of part) crc = (crc >>> 8) ^ CRC32_TABLE[(crc ^ byte) & 0xff];
  }
  return (crc ^ 0xffffffff) >>> 0;
}
