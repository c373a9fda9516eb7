/**
 * The model of streams of this format version that name no model, and the one in the package: models/NAME.safetensors.
 * docs/format.md, "Models". `npm run release:model` sets it.
 */
export const FORMAT_MODEL = {
  name: 'photo-v1',
  /** First 8 bytes of the SHA-256 of the weights file, in hexadecimal. */
  id: 'b79536970d240ae6',
} as const;

/** SHA-256 of the weights file, in hexadecimal. */
export const FORMAT_MODEL_SHA256 = 'b79536970d240ae6db34fe1941b15f38daa8c884e8f30dd609c530656168558e';
