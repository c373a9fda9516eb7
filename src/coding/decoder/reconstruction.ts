/** How pictures are made from states: the options `reconstruction` and `reconstructionSeed`. */
import { checkChoice, checkSeed } from '../../base/check-options.ts';

/** Options of `decode` and `decodeProgressive` about pictures of lossy streams. */
export interface ReconstructionOptions {
  /**
   * How the picture of a lossy stream is made. `mmse` (default): the mean of all pictures that fit the layers, which
   * has the best PSNR. `sample`: one of these pictures, by continuing the reverse process without bits; it has texture
   * instead of blur and a lower PSNR.
   */
  readonly reconstruction?: 'mmse' | 'sample';
  /** Seed of `sample`, 0..2^32-1; default 0. */
  readonly reconstructionSeed?: number;
}

/** Names of {@link ReconstructionOptions}, for the check of unknown keys. */
export const RECONSTRUCTION_KEYS: readonly string[] = ['reconstruction', 'reconstructionSeed'];

/** The options, checked. */
export interface Reconstruction {
  readonly mode: 'mmse' | 'sample';
  readonly seed: number;
}

/** @throws TypeError or RangeError for a wrong option */
export function reconstructionOf(options: ReconstructionOptions): Reconstruction {
  const mode = checkChoice('reconstruction', options.reconstruction, ['mmse', 'sample'] as const) ?? 'mmse';
  return { mode, seed: checkSeed('reconstructionSeed', options.reconstructionSeed) ?? 0 };
}
