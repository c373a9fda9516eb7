/** Options of `decode`. */
import type { RunOptions } from '../run-options.ts';
import type { FailOn } from './fail-on.ts';
import type { ReconstructionOptions } from './reconstruction.ts';

/** Limits of decoding, for untrusted streams. A stream that exceeds one is a DdpmError `ERR_DDPM_LIMIT`. */
export interface DecodeLimits {
  /**
   * Limit of the memory in bytes. It is compared with an estimate before memory is allocated, and with the number of
   * bytes that arrive. The estimate is for one thread and the shipped model: 0.11 GB, 400 bytes for each of the first
   * 331776 pixels, and 64 bytes a pixel, 128 with a tail; of a reduced picture, the pixels of the pyramid level that it is
   * made of. Default: no limit.
   */
  readonly limitMemory?: number;
  /** Limit of the time in seconds, as in sharp; checked between two windows or tiles. Default: no limit. */
  readonly timeout?: number;
}

/**
 * A smaller picture: as sharp's resize with fit `inside`, without enlargement. It is made of the coarsest pyramid level
 * that is enough; the layers and the network's runs of the finer ones are left out.
 */
export interface SizeOptions {
  /** Largest width of the picture in pixels, 1..2^31-1. Default: no limit. */
  readonly maxWidth?: number;
  /** Largest height of the picture in pixels, 1..2^31-1. Default: no limit. */
  readonly maxHeight?: number;
}

/** Options of `decode`. At most one of `bytes`, `layers` and `bpp`. */
export interface DecodeOptions extends RunOptions, DecodeLimits, ReconstructionOptions, SizeOptions {
  /** Decode only the first `bytes` bytes of the stream. */
  readonly bytes?: number;
  /** Decode only the first `layers` layers. */
  readonly layers?: number;
  /** Decode only the prefix of `bpp` bits per pixel. */
  readonly bpp?: number;
  /**
   * When to throw. `none`: only if the header is damaged; other damage ends the usable prefix and is described in
   * `info.damage`. `error` (default): also if a layer that was asked for is damaged. `truncated`: also if the stream
   * ends early, or other bytes follow its end.
   */
  readonly failOn?: FailOn;
}
