import { checkBytes, checkKeys, checkNumber } from '../base/check-options.ts';
import { DdpmError } from '../base/errors.ts';
import { intactBytes, parseStream } from '../codec/format/stream-parser.ts';
import type { RunOptions } from './run-options.ts';
import { checkRunOptions } from './run-options.ts';

/**
 * Shortens a stream to at most `maxBytes` bytes, at the end of a layer. Needs no model and no decoding. The result
 * decodes to the same picture as the stream does with the option `bytes`.
 *
 * @param maxBytes - 1 or more
 * @returns a new array; a copy of the whole stream if that is short enough, without bytes that follow its end
 * @throws TypeError or RangeError for a bad argument; DdpmError `ERR_DDPM_TARGET` if the header alone is longer,
 *   `ERR_DDPM_CORRUPT` if header or chunks are damaged, `ERR_DDPM_LIMIT` if the image has more pixels than
 *   `limitInputPixels` (default 268402689)
 */
export function truncate(
  bytes: Uint8Array,
  maxBytes: number,
  options: Pick<RunOptions, 'limitInputPixels'> = {},
): Uint8Array {
  checkKeys(options, ['limitInputPixels']);
  checkRunOptions(options);
  checkBytes('bytes', bytes);
  checkNumber('maxBytes', maxBytes, { min: 1, max: Number.MAX_SAFE_INTEGER, integer: true });
  const stream = parseStream(bytes, options.limitInputPixels);
  const { layers, startBytes, status } = stream;
  if (maxBytes < startBytes) {
    const why = `the header alone takes ${startBytes} bytes, which is the nearest`;
    throw new DdpmError('ERR_DDPM_TARGET', `target of ${maxBytes} bytes cannot be reached: ${why}`);
  }
  const whole = intactBytes(stream);
  if (maxBytes >= whole && status === 'complete') return bytes.slice(0, whole);
  const end = layers.findLast((layer) => layer.endBit <= maxBytes * 8)?.endBit ?? startBytes * 8;
  return bytes.slice(0, Math.ceil(end / 8));
}
