/**
 * The model of streams of this format version that name no model, and the one in the package: models/NAME.safetensors.
 * docs/format.md, "Models". `npm run release:model` sets it.
 */
export const FORMAT_MODEL = {
  name: 'photo-v2',
  /** First 8 bytes of the SHA-256 of the weights file, in hexadecimal. */
  id: 'cd56d9b17baf44c3',
} as const;

/** SHA-256 of the weights file, in hexadecimal. */
export const FORMAT_MODEL_SHA256 = 'cd56d9b17baf44c36d00c0673466b605339593427053069e810e200e7c6f1bb1';
