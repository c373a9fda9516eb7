import { checkBytes, checkKeys } from '../base/check-options.ts';
import { parseStream } from '../codec/format/stream-parser.ts';
import { checkRunOptions, type RunOptions } from './run-options.ts';
import { type InspectInfo, inspectStream } from './stream-info.ts';

/**
 * Describes a `.ddpm` stream or a prefix of one. Runs no model.
 *
 * @throws TypeError if `bytes` is not an array of bytes; DdpmError `ERR_DDPM_CORRUPT` if the header is damaged,
 *   `ERR_DDPM_LIMIT` if the image has more pixels than `limitInputPixels` (default 268402689)
 */
export function inspect(bytes: Uint8Array, options: Pick<RunOptions, 'limitInputPixels'> = {}): InspectInfo {
  checkKeys(options, ['limitInputPixels']);
  checkRunOptions(options);
  checkBytes('bytes', bytes);
  const stream = parseStream(bytes, options.limitInputPixels);
  const info = inspectStream(stream, (bytes.length - stream.trailing) * 8);
  const { status, damage, trailing: trailingBytes } = stream;
  return { ...info, damage: damage || null, truncated: status === 'truncated', trailingBytes };
}
