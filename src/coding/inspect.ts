import { checkKeys } from '../base/check-options.ts';
import { FORMAT_VERSION } from '../codec/format/header.ts';
import { layerRates } from '../codec/format/layer-rates.ts';
import { type ParsedStream, parseStream } from '../codec/format/stream.ts';
import type { ParsedTail } from '../codec/tail/tail-section.ts';
import { channelsOf } from './picture-chunks.ts';
import type { RunOptions } from './run-options.ts';
import { checkRunOptions } from './run-options.ts';
import type { InspectInfo, TailInfo } from './stream-info.ts';

/** What a tail costs. */
export function tailInfo({ start, end }: Pick<ParsedTail, 'start' | 'end'>, sigma: number): TailInfo {
  return { bytes: end - start, sigma, cumulativeBytes: end };
}

/** What a parsed stream is; `endBit` is where the part that counts ends (default: the header). */
export function inspectStream(stream: ParsedStream, endBit?: number): Omit<InspectInfo, 'damage' | 'truncated'> {
  const { header, steps, layers } = stream;
  const { width, height } = header;
  const headerBytes = stream.startBytes;
  const channels = header.grey ? 1 : 3;
  const bytes = Math.ceil((endBit ?? headerBytes * 8) / 8);
  const bpp = (bytes * 8) / (width * height);
  const basis = { headerBytes, width, height, channels };
  return {
    width,
    height,
    channels: channelsOf(channels, stream.chunks),
    bytes,
    headerBytes,
    bpp,
    bitsPerDim: bpp / channels,
    model: header.model,
    seed: header.seed,
    formatVersion: FORMAT_VERSION,
    ladderStep: header.stepEighths / 8,
    channel: header.dithered ? 'dithered' : 'trellis',
    layersTotal: steps.length,
    layers: layerRates(
      basis,
      steps,
      layers.map((layer) => layer.endBit),
    ),
    lossless: header.tail ?? false,
    tail: stream.tail && tailInfo(stream.tail, steps[steps.length - 1].sigmaTo),
  };
}

/**
 * Tells what a `.ddpm` stream, or a prefix of one, holds; runs no model.
 *
 * @throws TypeError if `bytes` is not an array of bytes; DdpmError `ERR_DDPM_CORRUPT` if the header is damaged,
 *   `ERR_DDPM_LIMIT` if the image has more pixels than `limitInputPixels` (default 268402689)
 */
export function inspect(bytes: Uint8Array, options: Pick<RunOptions, 'limitInputPixels'> = {}): InspectInfo {
  checkKeys(options, ['limitInputPixels']);
  checkRunOptions(options);
  if (!(bytes instanceof Uint8Array)) throw new TypeError('"bytes" expected Uint8Array');
  const stream = parseStream(bytes, options.limitInputPixels);
  const info = inspectStream(stream, bytes.length * 8);
  return { ...info, damage: stream.damage || null, truncated: stream.status === 'truncated' };
}
