/** Options of `encode`. */
import type { TransportName } from '../../codec/transport/transport.ts';
import type { MetadataChoice } from '../../image/metadata.ts';
import type { RunOptions } from '../run-options.ts';

/**
 * Options of `encode`. At most one of `bytes`, `bpp`, `psnr`, `quality` and `endSigma`; only `endSigma` goes with
 * `lossless`.
 */
export interface EncodeOptions extends RunOptions {
  /** 1 (fast) .. 9 (small file); default 5. Sets `ladderStep` and `beamWidth` unless they are given. */
  readonly effort?: number;
  /**
   * Step of the noise ladder in log-SNR: 0.5, 0.75, 1, 1.5 or 2; with the transport `dithered` also 3, 4, 6 or 8, and 4
   * by default.
   */
  readonly ladderStep?: number;
  /**
   * Transport of the layers. `trellis` (default): the smallest files, which every backend decodes. `dithered`: dithered
   * quantisation with entropy coding, for comparison. It needs no search, but 1.4 to 1.7 times the bits
   * (docs/design/dithered.md). It works with the backend `wasm` only, and without `effort` and `beamWidth`.
   */
  readonly transport?: TransportName;
  /** Number of survivor paths of the trellis search, 1..4096. */
  readonly beamWidth?: number;
  /**
   * Largest size of the file in bytes. The file uses at least 98 % of it (from 200 bytes up; of 256 pixels and fewer 95 %), or is the best that there
   * is: one whose layers end at sigma 2^-8. Only `lossless` is better.
   */
  readonly bytes?: number;
  /** Largest size of the file in bits per pixel; as `bytes`. */
  readonly bpp?: number;
  /**
   * PSNR of the whole file in dB, 1..100, reached to within 0.1 dB, over the pixels that can be seen (`exactAlpha`).
   * Takes some more runs of the network. Where a picture is so small or smooth that no layer ends so near, the file has
   * the least PSNR above it that was found; where the smallest file is better than asked, it is the smallest file. The
   * highest PSNR is that of layers down to sigma 2^-8, some 50 to 55 dB.
   */
  readonly psnr?: number;
  /** 0..100, on the scale of WebP in sharp: about its PSNR on photographs. 83 is about the default; 100 means `lossless`. */
  readonly quality?: number;
  /**
   * True: a tail after the layers makes the decoded picture equal to the input, byte for byte. The tail starts at
   * `endSigma`; without this option it starts where the file is smallest, which is at a low quality of the layers
   * (docs/lossless.md). A pyramid is left first: of pictures whose shorter side has 64 pixels or more the tail starts
   * at sigma 1 or below. Needs the backend `wasm`.
   */
  readonly lossless?: boolean;
  /**
   * True: colours of pixels with alpha 0, which nobody sees, are coded and counted as all others. Default false: they do
   * not count in `psnr` and `rmse`, cost next to nothing, and decode to colours that continue the visible ones. A
   * lossless file keeps them exactly in any case.
   */
  readonly exactAlpha?: boolean;
  /**
   * Noise level at which the last layer ends, 0.004..40; lower: better picture, larger file. Default:
   * 0.065, near 37 dB on photographs.
   */
  readonly endSigma?: number;
  /**
   * True: the file begins with an index of its layers, some 2 bytes for each: where they end, and the PSNR after them.
   * `inspect` reads it from the first bytes, `truncate` cuts by it at a PSNR; that of the last layer is known with `reportPsnr` or
   * `psnr`. Default: true for pictures of more than 64 * 64 pixels, unless `bytes` or `bpp` allow less than 1000 bytes.
   */
  readonly index?: boolean;
  /**
   * True: `rmse` and `psnr` of the whole file are reported, and stored in the index. That takes a run of the network more, about as
   * long as the last layer. Default: false, they are not there; but with `psnr` and `lossless` they are known anyway.
   */
  readonly reportPsnr?: boolean;
  /** Seed of the shared noise, 0..2^32-1; default 0. Stored in the file. */
  readonly seed?: number;
  /** Metadata to keep from an image file; default `['icc']`. Does not apply to pixels, whose metadata is kept. */
  readonly metadata?: MetadataChoice;
}
