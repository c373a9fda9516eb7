/** Folder in which `npm run fetch-tensorflow` installs the package `@tensorflow/tfjs-node`. */
export const TENSORFLOW_PREFIX: string;
/** Path of its entry, which may not be there. */
export const TENSORFLOW_ENTRY: string;
