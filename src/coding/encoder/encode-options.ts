/** Options of `encode`. */
import type { TransportName } from '../../codec/transport/transport.ts';
import type { MetadataChoice } from '../../image/metadata.ts';
import type { RunOptions } from '../run-options.ts';

/** Options of `encode`. At most one of `bytes`, `bpp`, `psnr`, `quality` and `endSigma` (which `lossless` may go with). */
export interface EncodeOptions extends RunOptions {
  /** 1 (fast) .. 9 (small); default 5. Sets `ladderStep` and `beamWidth` where these are not given. */
  readonly effort?: number;
  /** Step of the noise ladder in log-SNR: 0.5, 0.75, 1, 1.5 or 2; with the transport `dithered` also 3, 4, 6 or 8, and 4 by default. */
  readonly ladderStep?: number;
  /**
   * How the layers are transported. `trellis` (default): the smallest files, decoded on every backend. `dithered`: dithered quantisation
   * with entropy coding, for comparison; it needs no search but 1.4 to 1.7 times the bits (docs/design/dithered.md), works on the backend
   * `wasm` alone, and goes neither with `effort` nor with `beamWidth`.
   */
  readonly transport?: TransportName;
  /** Survivor paths of the trellis search, 1..4096. */
  readonly beamWidth?: number;
  /** Size that the file must not exceed, and of which it uses at least 98 % (from 200 bytes up). */
  readonly bytes?: number;
  /** The same as bits per pixel. */
  readonly bpp?: number;
  /** PSNR in dB that the whole file reaches to within 0.1 dB; takes some more runs of the network. */
  readonly psnr?: number;
  /** 0..100: the last layer ends at sigma 2^-(1 + quality / 16). 70 is about the default; 100 is `lossless`. */
  readonly quality?: number;
  /**
   * True: a tail after the layers makes the decoded picture equal to the input, byte for byte. It takes over from the layers at
   * `endSigma`, or without it where the file is smallest, which is at a low quality (docs/lossless.md). Needs the backend `wasm`.
   */
  readonly lossless?: boolean;
  /** Noise level at which the last layer ends, 0.004..40. Smaller is better and larger. Default: the ladder's step nearest 0.025. */
  readonly endSigma?: number;
  /** Seed of the shared noise, 0..2^32-1; default 0. Stored in the file. */
  readonly seed?: number;
  /** What to keep of an encoded image's metadata; default `['icc']`. Pixels bring their own. */
  readonly metadata?: MetadataChoice;
}
