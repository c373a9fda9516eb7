/** Version of the npm package `webgpu` that the tests use. */
export const WEBGPU_VERSION: string;
/** Folder in which it is installed. */
export const WEBGPU_PREFIX: string;
/** Path of its entry, which may not be there. */
export const WEBGPU_ENTRY: string;
