/**
 * The model of streams of this format version that name no model, and the one in the package: models/NAME.safetensors.
 * docs/format.md, "Models". `npm run release:model` sets it.
 */
export const FORMAT_MODEL = {
  name: 'photo-v0',
  /** First 8 bytes of the SHA-256 of the weights file, in hexadecimal. */
  id: 'cb9fec92d4b7448c',
} as const;
