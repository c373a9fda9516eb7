import { DdpmError } from '../../base/errors.ts';
import { isPnm, readPnmHeader } from './pnm-header.ts';
import { firstLineOf, loadSharp } from './sharp-library.ts';

/**
 * Width and height of the picture in an image file, from its header.
 *
 * @param source - name of the input, for messages
 * @throws DdpmError `ERR_DDPM_INPUT` if it has none
 */
export async function imageSize(bytes: Uint8Array, source: string): Promise<{ width: number; height: number }> {
  try {
    if (isPnm(bytes)) return readPnmHeader(bytes);
    const sharp = await loadSharp();
    const { width, height } = await sharp(bytes, { limitInputPixels: false }).metadata();
    return { width, height };
  } catch (cause) {
    if (cause instanceof DdpmError) throw cause;
    throw new DdpmError('ERR_DDPM_INPUT', `${source}: not readable as an image: ${firstLineOf(cause)}`, { cause });
  }
}
