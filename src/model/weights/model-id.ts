import { DdpmError } from '../../base/errors.ts';

const ID_DIGITS = 16;

/**
 * SHA-256 of bytes: 64 lower-case hexadecimal digits.
 *
 * @throws DdpmError `ERR_DDPM_BACKEND` in a page that is not secure, where browsers have no SHA-256
 */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const { subtle } = globalThis.crypto as { readonly subtle?: SubtleCrypto };
  if (!subtle) {
    const remedy = 'serve the page by https, or from localhost';
    throw new DdpmError('ERR_DDPM_BACKEND', `no crypto.subtle, which checks models, in an insecure context: ${remedy}`);
  }
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Id of a weights file. Streams store it to identify the model that they were made with.
 *
 * @param bytes - the whole file
 * @returns the first 8 bytes of its SHA-256, 16 lower-case hexadecimal digits
 * @throws DdpmError `ERR_DDPM_BACKEND` in a page of a browser that is not secure (neither https nor localhost)
 */
export async function modelId(bytes: Uint8Array): Promise<string> {
  return (await sha256(bytes)).slice(0, ID_DIGITS);
}
