const ID_BYTES = 8;

/**
 * Id of a weights file. Streams store it to identify the model that they were made with.
 *
 * @param bytes - the whole file
 * @returns the first 8 bytes of its SHA-256, 16 lower-case hexadecimal digits
 */
export async function modelId(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
  return Array.from(digest.subarray(0, ID_BYTES), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
