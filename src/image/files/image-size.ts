import { isPnm, readPnmHeader } from './pnm-header.ts';
import { loadSharp } from './sharp-library.ts';

/**
 * Width and height of the picture in an image file, from its header; undefined if that cannot be read, and `readImage` tells why.
 *
 * @throws DdpmError `ERR_DDPM_DEPENDENCY` if sharp is missing (PBM, PGM, PPM and PAM do not need it)
 */
export async function imageSize(bytes: Uint8Array): Promise<{ width: number; height: number } | undefined> {
  const sharp = isPnm(bytes) ? undefined : await loadSharp();
  try {
    const { width, height } = sharp ? await sharp(bytes, { limitInputPixels: false }).metadata() : readPnmHeader(bytes);
    return { width, height };
  } catch {
    return undefined;
  }
}
