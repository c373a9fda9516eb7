import { DdpmError } from '../base/errors.ts';
import { IncompleteError } from '../codec/format/fields.ts';
import { inspect } from '../coding/inspect.ts';
import { assertHoldsHeader } from '../coding/prefix-cut.ts';
import { bytesAt } from '../coding/rate.ts';
import { bytesFor } from '../coding/stream-index-info.ts';
import type { InspectInfo } from '../coding/stream-info.ts';
import type { PrefixWish } from './request-parameters.ts';
import type { ServedFile } from './stored-file.ts';

/**
 * Bytes of a file's beginning that are looked at: enough for any index, which comes first, and few enough that a file made to
 * be slow to parse takes some 20 ms (docs/threat-model.md, "Promises").
 */
const HEAD_BYTES = 2 ** 12;

/**
 * Length in bytes of the part of a file that was asked for, by its header and its index: what they say is not checked against the
 * rest of the file.
 *
 * @throws DdpmError `ERR_DDPM_TARGET` if there is no such part, `ERR_DDPM_CORRUPT` if the header is damaged, or is longer than
 *   4096 bytes without an index, `ERR_DDPM_LIMIT` for more pixels than the limit
 */
export async function prefixLength(
  file: ServedFile,
  wish: PrefixWish,
  limitInputPixels: number,
  signal: AbortSignal,
): Promise<number> {
  const head = await file.bytes({ start: 0, end: Math.min(file.size, HEAD_BYTES) }, signal);
  const info = headInfo(head, file.size, limitInputPixels);
  const { bytes, bpp = 0, psnr } = wish;
  const length = psnr === undefined ? (bytes ?? bytesAt(bpp, info)) : bytesFor(info, { psnr });
  assertHoldsHeader(length, info.headerBytes);
  return Math.min(length, file.size);
}

function headInfo(head: Uint8Array, size: number, limitInputPixels: number): InspectInfo {
  try {
    return inspect(head, { limitInputPixels });
  } catch (error) {
    if (!(error instanceof IncompleteError) || head.length === size) throw error;
    const why = `its header is longer than ${HEAD_BYTES} bytes, and no index tells of the rest`;
    throw new DdpmError('ERR_DDPM_CORRUPT', `no part of the file can be found: ${why}; encode it with an index`);
  }
}
