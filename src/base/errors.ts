/**
 * Stable codes of failures caused by bad data or by the environment. A mistake of the caller (an option of the wrong
 * type or range) is a TypeError or RangeError instead.
 *
 * - `ERR_DDPM_INPUT`: the input is unreadable, or is not an image that can be coded.
 * - `ERR_DDPM_LIMIT`: the input needs more pixels, memory or time than a limit allows.
 * - `ERR_DDPM_CORRUPT`: a `.ddpm` file breaks the format.
 * - `ERR_DDPM_TRUNCATED`: a `.ddpm` file ends early, and the caller asked for an error in that case.
 * - `ERR_DDPM_TARGET`: the rate or quality asked for cannot be reached.
 * - `ERR_DDPM_MODEL_MISSING`: there is no such model file, or it cannot be read.
 * - `ERR_DDPM_MODEL_CORRUPT`: a model file breaks its format or lacks a tensor.
 * - `ERR_DDPM_MODEL_MISMATCH`: the loaded model is not the one that the file was made with.
 * - `ERR_DDPM_BACKEND`: a tensor backend cannot be started, cannot do what was asked for, or has died.
 * - `ERR_DDPM_OUTPUT`: the output cannot be written.
 * - `ERR_DDPM_DEPENDENCY`: a package that is needed is not installed or does not load; the message says what to
 *   install.
 * - `ERR_DDPM_QUEUE`: a queue's server cannot be reached, or refuses what was asked.
 */
export type DdpmErrorCode =
  | 'ERR_DDPM_INPUT'
  | 'ERR_DDPM_LIMIT'
  | 'ERR_DDPM_CORRUPT'
  | 'ERR_DDPM_TRUNCATED'
  | 'ERR_DDPM_TARGET'
  | 'ERR_DDPM_MODEL_MISSING'
  | 'ERR_DDPM_MODEL_CORRUPT'
  | 'ERR_DDPM_MODEL_MISMATCH'
  | 'ERR_DDPM_BACKEND'
  | 'ERR_DDPM_OUTPUT'
  | 'ERR_DDPM_DEPENDENCY'
  | 'ERR_DDPM_QUEUE';

/** A failure caused by data or by the environment, with a stable {@link DdpmErrorCode}. */
export class DdpmError extends Error {
  override readonly name = 'DdpmError';
  readonly code: DdpmErrorCode;

  /**
   * @param code - which kind of failure
   * @param message - one line that names the file or field, the value, the limit and the remedy
   * @param options - `cause`: the error underneath, if any
   */
  constructor(code: DdpmErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
