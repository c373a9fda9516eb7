import { checkBytes, checkKeys } from '../base/check-options.ts';
import { NO_END, type ParsedStream, StreamParser } from '../codec/format/stream-parser.ts';
import { checkRunOptions, type RunOptions } from './run-options.ts';
import { contradiction, indexEntries, indexOf } from './stream-index-info.ts';
import { type InspectInfo, inspectStream } from './stream-info.ts';

/**
 * Describes a `.ddpm` stream or a prefix of one. Runs no model.
 *
 * A prefix that has the index, but ends within the chunks that follow it (metadata, alpha), is described, too, though it
 * cannot be decoded: `headerBytes`, then by the index, is more than `bytes`, and `channels` does not count an alpha that has
 * not come yet.
 *
 * @throws TypeError if `bytes` is not an array of bytes; DdpmError `ERR_DDPM_CORRUPT` if the header is damaged,
 *   `ERR_DDPM_LIMIT` if the image has more pixels than `limitInputPixels` (default 268402689)
 */
export function inspect(bytes: Uint8Array, options: Pick<RunOptions, 'limitInputPixels'> = {}): InspectInfo {
  checkKeys(options, ['limitInputPixels']);
  checkRunOptions(options);
  checkBytes('bytes', bytes);
  const parser = new StreamParser(bytes, options.limitInputPixels);
  const stream = beforeLayers(parser) ?? parser.parsed();
  const { status, damage, trailing: trailingBytes } = stream;
  const info = inspectStream(stream, (bytes.length - trailingBytes) * 8);
  const found = indexOf(stream);
  const index = typeof found === 'string' ? null : found;
  const warning = typeof found === 'string' ? found : found && contradiction(found, stream);
  return {
    ...info,
    damage: damage || null,
    truncated: status === 'truncated',
    trailingBytes,
    index: index && indexEntries(index),
    warnings: warning ? [warning] : [],
  };
}

/** A stream that ends after its index and before its layers; undefined if it is another one. */
function beforeLayers({ start, begun, length }: StreamParser): ParsedStream | undefined {
  if (start || !begun) return undefined;
  const index = indexOf(begun);
  if (index === null || typeof index === 'string' || index.startBytes <= length) return undefined;
  const { startBytes } = index;
  return { ...begun, startBytes, layers: [], partial: null, ...NO_END };
}
