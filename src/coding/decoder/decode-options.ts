/** Options of `decode`. */
import type { RunOptions } from '../run-options.ts';

/** What decoding may take, for bytes of strangers; beyond it is a DdpmError `ERR_DDPM_LIMIT`. */
export interface DecodeLimits {
  /**
   * Bytes of memory: checked against an estimate before any is taken, and against the length of what arrives. The estimate is for one
   * thread and the shipped model: 0.11 GB, 400 bytes for each of the first 331776 pixels, 64 bytes a pixel, 128 with a tail. Default: no
   * limit.
   */
  readonly limitMemory?: number;
  /** Seconds, as in sharp; looked at between two windows or tiles. Default: no limit. */
  readonly timeout?: number;
}

/** Options of `decode`. At most one of `bytes`, `layers` and `bpp`. */
export interface DecodeOptions extends RunOptions, DecodeLimits {
  /** Decode only the first so many bytes. */
  readonly bytes?: number;
  /** Decode only the first so many layers. */
  readonly layers?: number;
  /** Decode only the prefix of so many bits per pixel. */
  readonly bpp?: number;
  /**
   * What is an error: `none`: nothing but a damaged header (damage ends the usable prefix, `info.damage` tells of it); `error`
   * (default): damage to a layer that was asked for; `truncated`: also a stream that ends early.
   */
  readonly failOn?: 'none' | 'error' | 'truncated';
  /**
   * `mmse` (default): the mean of all pictures that fit, the best PSNR. `sample`: one of them, by going on with the reverse process
   * without bits: texture instead of blur, at a lower PSNR.
   */
  readonly reconstruction?: 'mmse' | 'sample';
  /** Seed of `sample`, 0..2^32-1; default 0. */
  readonly reconstructionSeed?: number;
}
