import { reflectedTable } from './crc.ts';

const TABLE = reflectedTable(0x82f63b78);

/** CRC-32C (RFC 3720, Castagnoli): polynomial 0x1edc6f41, reflected, initial value and final xor 0xffffffff. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (TABLE[(crc ^ byte) & 0xff] as number);
  return (crc ^ 0xffffffff) >>> 0;
}
