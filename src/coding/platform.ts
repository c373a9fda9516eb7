/** What reading and writing streams needs of the place where it runs: Node (node-platform.ts) or a browser. */
import type { MetadataChoice } from '../image/metadata.ts';
import type { RawImage } from '../image/raw-image.ts';

/** A plane of grey, one byte a pixel. */
export interface GreyPlane {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Image files and compression; every place has its own. */
export interface Platform {
  /**
   * Pixels and metadata of an encoded image.
   *
   * @throws DdpmError `ERR_DDPM_INPUT` or `ERR_DDPM_LIMIT`
   */
  readImage(
    bytes: Uint8Array,
    options: { source: string; limitInputPixels: number; metadata?: MetadataChoice },
  ): Promise<RawImage>;
  /** Grey PNG of 8 bits, as small as this place makes them; its bytes may differ from place to place. */
  writeGreyPng(plane: GreyPlane): Promise<Uint8Array>;
  /**
   * @param limitPixels - larger pictures are refused
   * @throws Error if the bytes are not a whole PNG of one channel
   */
  readGreyPng(bytes: Uint8Array, limitPixels: number): Promise<GreyPlane>;
  /** DEFLATE (RFC 1951) without a wrapper; the bytes may differ from place to place. */
  deflateRaw(bytes: Uint8Array): Promise<Uint8Array>;
  /** @throws Error on damage, and as soon as there are more than `limitBytes` */
  inflateRaw(bytes: Uint8Array, limitBytes: number): Promise<Uint8Array>;
}
