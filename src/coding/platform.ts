/** What reading and writing streams needs of the place where it runs: Node (src/node) or a browser (src/browser). */
import type { GreyImage } from '../image/grey-png.ts';

/** Compression and grey PNGs; every place has its own. The bytes that it writes may differ from place to place. */
export interface Platform {
  /** Grey PNG of 8 bits, as small as this place makes them. */
  writeGreyPng(plane: GreyImage): Promise<Uint8Array>;
  /**
   * @param limitPixels - larger pictures are refused
   * @throws Error if the bytes are not a whole PNG of one channel
   */
  readGreyPng(bytes: Uint8Array, limitPixels: number): Promise<GreyImage>;
  /** DEFLATE (RFC 1951) without a wrapper. */
  deflateRaw(bytes: Uint8Array): Promise<Uint8Array>;
  /** @throws Error on damage, and as soon as there are more than `limitBytes` */
  inflateRaw(bytes: Uint8Array, limitBytes: number): Promise<Uint8Array>;
}
