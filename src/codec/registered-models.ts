/** Models that a header names by a number instead of by 8 bytes; docs/format.md, "Models". Numbers are never used again. */

/** A model with a short number. */
export interface RegisteredModel {
  /** 1..255. */
  readonly number: number;
  readonly name: string;
  /** First 8 bytes of the SHA-256 of the weights file, in hexadecimal. */
  readonly id: string;
}

/** All registered models. */
export const REGISTERED_MODELS: readonly RegisteredModel[] = [{ number: 1, name: 'photo-v0', id: 'cb9fec92d4b7448c' }];
