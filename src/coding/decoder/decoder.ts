/**
 * Decodes a complete stream or a prefix of one. Independent of the platform, which src/node and src/browser provide.
 */
import { checkBytes, checkKeys, checkNumber } from '../../base/check-options.ts';
import { DdpmError } from '../../base/errors.ts';
import { intactBytes, type ParsedStream, type PartialLayer, parseStream } from '../../codec/format/stream-parser.ts';
import { isWhole, type ParsedTail } from '../../codec/tail/tail-section.ts';
import type { Metadata } from '../../image/raw-image.ts';
import { readPictureChunks } from '../picture-chunks.ts';
import type { Platform } from '../platform.ts';
import type { PreparedRun } from '../prepared-run.ts';
import { bytesAt } from '../rate.ts';
import { checkRunOptions, RUN_OPTION_KEYS } from '../run-options.ts';
import { type DecodeInfo, inspectStream } from '../stream-info.ts';
import { checkDecodeLimits, checkMemory, DECODE_LIMIT_KEYS, limitedSignal } from './decode-limits.ts';
import type { DecodeOptions } from './decode-options.ts';
import { checkWhole, type Found, failOnOf } from './fail-on.ts';
import { RECONSTRUCTION_KEYS, type Reconstruction, reconstructionOf } from './reconstruction.ts';
import { BOX_KEYS, checkBox, neededLayers, needsLess, type ReducedSize, reducedSize } from './reduced-size.ts';
import { DAMAGED_TAIL, type DecodedPicture, StreamDecoder, unportableBackend } from './stream-decoder.ts';

const KEYS = [
  ...RUN_OPTION_KEYS,
  ...DECODE_LIMIT_KEYS,
  ...BOX_KEYS,
  ...RECONSTRUCTION_KEYS,
  'bytes',
  'layers',
  'bpp',
  'failOn',
];

/** Number of bytes that the options `bytes` and `bpp` allow; Infinity if neither is given. */
function bytesAllowed(options: DecodeOptions, stream: ParsedStream): number {
  const { width, height } = stream.header;
  const headerBytes = stream.startBytes;
  const max = Number.MAX_SAFE_INTEGER;
  const why = `header and metadata take ${headerBytes} bytes`;
  const bytes = checkNumber('bytes', options.bytes, { min: headerBytes, max, integer: true, why });
  if (bytes !== undefined) return bytes;
  const minBpp = (headerBytes * 8) / (width * height);
  const bpp = checkNumber('bpp', options.bpp, { min: minBpp, max: Number.MAX_VALUE, why });
  return bpp === undefined ? Number.POSITIVE_INFINITY : bytesAt(bpp, stream.header);
}

/** The part of a stream that is to be decoded. */
interface Extent extends Found {
  /** Number of layers. */
  readonly count: number;
  /** The part of the layer after these that was asked for and is there. */
  readonly partial: PartialLayer | null;
  /** The first part of the tail, if that was asked for and is there. */
  readonly partialTail: ParsedTail | null;
}

/** The part that the options ask for, as far as the stream has it. */
function extentOf(options: DecodeOptions, stream: ParsedStream, bytes: Uint8Array, size: ReducedSize): Extent {
  const most = stream.steps.length;
  const needed = neededLayers(stream.steps, size);
  const why = `the stream has ${most} layers`;
  const layers = checkNumber('layers', options.layers, { min: 0, max: most, integer: true, why });
  const allowed = bytesAllowed(options, stream);
  const available = stream.layers.filter((layer) => layer.endBit <= allowed * 8).length;
  const asked = Math.min(layers ?? most, needed);
  if (layers !== undefined || (needsLess(stream, size) && needed <= available)) {
    const none = { tail: null, partialTail: null, partial: null, trailing: 0 };
    return { count: Math.min(asked, available), short: asked > available, ...none };
  }
  const tail = stream.tail && stream.tail.end <= allowed ? stream.tail : null;
  const isCut = allowed < bytes.length;
  const { partial, partialTail } = isCut ? parseStream(bytes.subarray(0, allowed), options.limitInputPixels) : stream;
  if (stream.status === 'corrupt') {
    // A cut right after the intact part does not ask for damaged bytes.
    return { count: available, short: intactBytes(stream) < allowed, tail, partialTail, partial, trailing: 0 };
  }
  // A truncated stream is short only if more bytes were asked for than it has.
  const short = stream.status === 'truncated' && allowed > bytes.length;
  const trailing = allowed > intactBytes(stream) ? stream.trailing : 0;
  return { count: available, short, tail, partialTail, partial, trailing };
}

/** Result of `decode`: pixels, report and metadata. */
export interface Decoded {
  /** Interleaved pixels of `info.width` x `info.height` x `info.channels`. */
  readonly data: Uint8Array;
  readonly info: DecodeInfo;
  /** ICC profile, Exif and XMP as the encoder got them. */
  readonly metadata: Metadata;
}

/**
 * Checks the options as far as that is possible without a stream.
 *
 * @throws TypeError or RangeError for a wrong option
 */
export function checkDecodeOptions(options: DecodeOptions): void {
  checkKeys(options, KEYS);
  checkRunOptions(options);
  checkDecodeLimits(options);
  failOnOf(options);
  reconstructionOf(options);
  const cuts = (['bytes', 'layers', 'bpp'] as const).filter((key) => options[key] !== undefined);
  if (cuts.length > 1) throw new TypeError(`"${cuts[1]}" expected alone, got ${cuts.join(' and ')}`);
  checkNumber('layers', options.layers, { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
  checkNumber('bytes', options.bytes, { min: 1, max: Number.MAX_SAFE_INTEGER, integer: true });
  checkNumber('bpp', options.bpp, { min: 0, max: Number.MAX_VALUE });
  checkBox(options);
}

/**
 * The part of `decode` that needs no model: checks the options and parses the stream.
 *
 * @throws as `decode`, except for errors of models and backends
 */
export async function prepareDecode(
  bytes: Uint8Array,
  callerOptions: DecodeOptions,
  platform: Platform,
): Promise<PreparedRun<Decoded>> {
  const start = performance.now();
  checkDecodeOptions(callerOptions);
  callerOptions.signal?.throwIfAborted();
  const reconstruction = reconstructionOf(callerOptions);
  const signal = limitedSignal(callerOptions.signal, callerOptions.timeout);
  const options = { ...callerOptions, ...(signal && { signal }) };
  checkBytes('bytes', bytes);
  const stream = parseStream(bytes, options.limitInputPixels);
  const size = reducedSize(stream.header, options);
  checkMemory(stream.header, bytes.length, options, size.level);
  const extent = extentOf(options, stream, bytes, size);
  checkWhole(options, stream, extent);
  const { alpha, metadata } = await readPictureChunks(stream.chunks, size, platform);
  return {
    pixels: (stream.header.width * stream.header.height) / 4 ** size.level,
    async run(openEngine) {
      const tail = unportableBackend(options) ? null : (extent.tail ?? extent.partialTail);
      const layers = stream.layers.slice(0, extent.count);
      const { partial } = extent;
      const expected = { layers: layers.length + (partial ? 1 : 0), tail: tail !== null };
      const decoder = await StreamDecoder.open({ start: stream, layers, expected, size, alpha, options }, openEngine);
      const { picture, idealBits, exact } = await decodeAll(decoder, { ...extent, tail }, reconstruction);
      const tailDamage = tail && isWhole(tail) && !exact ? DAMAGED_TAIL : null;
      if (tailDamage && failOnOf(options) !== 'none') throw new DdpmError('ERR_DDPM_CORRUPT', tailDamage);
      const damage = extent.short && stream.status === 'corrupt' ? stream.damage : null;
      const info: DecodeInfo = {
        ...report({ ...stream, layers, partial, ...shownTail(tail, exact) }, idealBits, size),
        damage: damage ?? tailDamage,
        trailingBytes: extent.trailing,
        truncated: extent.short && stream.status === 'truncated',
        lossless: exact && !size.isReduced,
        exactRows: decoder.exactRows,
        lossyBecause:
          tailDamage ?? reduction(stream, size) ?? (extent.tail && !exact ? unportableBackend(options) : null),
        backend: decoder.backend,
        arithmetic: decoder.arithmetic,
        timing: { totalMs: performance.now() - start, ...decoder.times },
      };
      return { data: picture.data, info, metadata };
    },
  };
}

/** The tail, if the picture is made of it, or its first part. */
function shownTail(tail: ParsedTail | null, exact: boolean): Pick<ParsedStream, 'tail' | 'partialTail'> {
  return { tail: exact ? tail : null, partialTail: tail && !isWhole(tail) ? tail : null };
}

/** One line on the reduction of a lossless picture; null if there is none. */
function reduction({ header }: ParsedStream, { width, height, full, isReduced }: ReducedSize): string | null {
  if (!header.tail || !isReduced) return null;
  return `the picture of ${full.width} x ${full.height} pixels was reduced to ${width} x ${height}`;
}

/** Result of decoding the layers and the tail. */
interface Outcome {
  readonly picture: DecodedPicture;
  readonly idealBits: readonly number[];
  /** True if the picture is that of the tail, or made of it. */
  readonly exact: boolean;
}

async function decodeAll(
  decoder: StreamDecoder,
  { count, partial, tail }: Pick<Extent, 'count' | 'partial' | 'tail'>,
  { mode, seed }: Reconstruction,
): Promise<Outcome> {
  const idealBits: number[] = [];
  for await (const state of decoder.advance(count)) idealBits.push(state.idealBits);
  if (tail) for await (const _ of decoder.advanceTail(tail, true));
  const exact = tail && isWhole(tail) ? decoder.exact(tail) : undefined;
  if (exact) return { picture: exact, idealBits, exact: true };
  const picture = mode === 'sample' ? await decoder.sample(seed, partial) : await decoder.picture(partial);
  return { picture, idealBits, exact: false };
}

type Report = Omit<
  DecodeInfo,
  | 'backend'
  | 'arithmetic'
  | 'timing'
  | 'damage'
  | 'trailingBytes'
  | 'truncated'
  | 'lossless'
  | 'exactRows'
  | 'lossyBecause'
>;

/** The part of the report that follows from the stream and the ideal bits of its layers. */
function report(stream: ParsedStream, idealBits: readonly number[], { width, height, full }: ReducedSize): Report {
  const { partial, layers } = stream;
  const tail = stream.tail ?? stream.partialTail;
  const endBit = tail ? tail.end * 8 : (partial?.endBit ?? layers[layers.length - 1]?.endBit);
  const info = inspectStream(stream, endBit);
  return {
    ...info,
    width,
    height,
    fullWidth: full.width,
    fullHeight: full.height,
    idealBits: idealBits.reduce((sum, bits) => sum + bits, 0),
    actualBits: info.layers.reduce((sum, layer) => sum + layer.actualBits, 0),
    layers: info.layers.map((rate, i) => ({ ...rate, idealBits: idealBits[i] })),
  };
}
