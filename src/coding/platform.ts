/** Interface of the platform that encoder and decoder run on: Node (src/node) or a browser (src/browser). */
import type { GreyImage, GreyRows } from '../image/grey-png.ts';

/** Compression and grey PNGs of a platform. The bytes that it writes may differ between platforms. */
export interface Platform {
  /** Writes a PNG of 8-bit grey, as small as the platform can. */
  writeGreyPng(plane: GreyImage): Promise<Uint8Array>;
  /**
   * Opens a PNG of 8-bit grey, to read it row by row.
   *
   * @param limitPixels - most pixels accepted
   * @throws Error if the bytes are no PNG of one channel, or it has more pixels
   */
  openGreyPng(bytes: Uint8Array, limitPixels: number): GreyRows;
  /** Compresses with DEFLATE (RFC 1951), without a wrapper. */
  deflateRaw(bytes: Uint8Array): Promise<Uint8Array>;
  /**
   * Inverse of `deflateRaw`.
   *
   * @throws Error on damage, and as soon as there are more than `limitBytes` of output
   */
  inflateRaw(bytes: Uint8Array, limitBytes: number): Promise<Uint8Array>;
}
