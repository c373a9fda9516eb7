/** Decoding a stream that is there, wherever it runs: src/node and src/browser say where. */
import { checkBytes, checkChoice, checkKeys, checkNumber, checkSeed } from '../../base/check-options.ts';
import { DdpmError } from '../../base/errors.ts';
import { type ParsedStream, parseStream } from '../../codec/format/stream-parser.ts';
import type { ParsedTail } from '../../codec/tail/tail-section.ts';
import type { Metadata } from '../../image/raw-image.ts';
import type { Platform } from '../platform.ts';
import type { PreparedRun } from '../prepared-run.ts';
import { checkRunOptions, PORTABLE_BACKEND, RUN_OPTION_KEYS } from '../run-options.ts';
import { type DecodeInfo, inspectStream } from '../stream-info.ts';
import { checkDecodeLimits, checkMemory, DECODE_LIMIT_KEYS, limitedSignal } from './decode-limits.ts';
import type { DecodeOptions } from './decode-options.ts';
import { DAMAGED_TAIL, type DecodedPicture, readExtras, StreamDecoder, unportableBackend } from './stream-decoder.ts';

const KEYS = [
  ...RUN_OPTION_KEYS,
  ...DECODE_LIMIT_KEYS,
  'bytes',
  'layers',
  'bpp',
  'failOn',
  'reconstruction',
  'reconstructionSeed',
];

/** Bytes that the options allow; Infinity if they do not cut. */
function bytesAllowed(options: DecodeOptions, stream: ParsedStream): number {
  const { width, height } = stream.header;
  const headerBytes = stream.startBytes;
  const max = Number.MAX_SAFE_INTEGER;
  const bytes = checkNumber('bytes', options.bytes, { min: headerBytes, max, integer: true });
  if (bytes !== undefined) return bytes;
  const minBpp = (headerBytes * 8) / (width * height);
  const bpp = checkNumber('bpp', options.bpp, { min: minBpp, max: Number.MAX_VALUE });
  return bpp === undefined ? Number.POSITIVE_INFINITY : Math.floor((bpp * width * height) / 8 + 1e-9);
}

/** What is to be decoded. */
interface Extent {
  /** Number of layers. */
  readonly count: number;
  /** The stream has less than was asked for. */
  readonly short: boolean;
  /** The tail, if it is there and was asked for. */
  readonly tail: ParsedTail | null;
}

/** What the options ask for, as far as it is there. */
function extentOf(options: DecodeOptions, stream: ParsedStream, length: number): Extent {
  const cuts = ['bytes', 'layers', 'bpp'].filter((key) => options[key as 'bytes'] !== undefined);
  if (cuts.length > 1) throw new TypeError(`"${cuts[1]}" expected alone, got ${cuts.join(' and ')}`);
  const layers = checkNumber('layers', options.layers, { min: 0, max: stream.steps.length, integer: true });
  const allowed = bytesAllowed(options, stream);
  const there = stream.layers.filter((layer) => layer.endBit <= allowed * 8).length;
  if (layers !== undefined) return { count: Math.min(layers, there), short: layers > there, tail: null };
  const tail = stream.tail && stream.tail.end <= allowed ? stream.tail : null;
  const cut = there < stream.layers.length;
  if (stream.status === 'corrupt') {
    const end = tail ? tail.end * 8 : (stream.layers[there - 1]?.endBit ?? stream.startBytes * 8);
    // A cut right behind what is intact asks for nothing that is damaged.
    return { count: there, short: !cut && Math.ceil(end / 8) < allowed, tail };
  }
  // Whoever asks for no more bytes than there are misses none.
  return { count: there, short: stream.status === 'truncated' && allowed > length, tail };
}

function failOnOf(options: DecodeOptions): 'none' | 'error' | 'truncated' {
  return checkChoice('failOn', options.failOn, ['none', 'error', 'truncated']) ?? 'error';
}

function checkWhole(options: DecodeOptions, stream: ParsedStream, { short, tail }: Extent): void {
  const failOn = failOnOf(options);
  const unportable = tail && unportableBackend(options);
  if (unportable && failOn === 'truncated') throw new DdpmError('ERR_DDPM_TRUNCATED', unportable);
  if (!short) return;
  if (stream.status === 'corrupt' && failOn !== 'none') {
    throw new DdpmError('ERR_DDPM_CORRUPT', `damaged stream: ${stream.damage}`);
  }
  if (stream.status === 'truncated' && failOn === 'truncated') {
    const whole = stream.layers.length === stream.steps.length;
    const found = whole
      ? 'its last layer, within the tail'
      : `${stream.layers.length} of ${stream.steps.length} layers`;
    throw new DdpmError('ERR_DDPM_TRUNCATED', `truncated stream: it ends after ${found}`);
  }
}

/** What decoding gives. */
export interface Decoded {
  /** Interleaved pixels of `info.width` x `info.height` x `info.channels`. */
  readonly data: Uint8Array;
  readonly info: DecodeInfo;
  /** ICC profile and the like, as the encoder was given them. */
  readonly metadata: Metadata;
}

/** How a picture is made of the last state: what the options say. */
interface Reconstruction {
  readonly mode: 'mmse' | 'sample';
  readonly seed: number;
}

function reconstructionOf(options: DecodeOptions): Reconstruction {
  const mode = checkChoice('reconstruction', options.reconstruction, ['mmse', 'sample'] as const) ?? 'mmse';
  return { mode, seed: checkSeed('reconstructionSeed', options.reconstructionSeed) ?? 0 };
}

/** All of `decode` that needs no model. */
export async function prepareDecode(
  bytes: Uint8Array,
  given: DecodeOptions,
  platform: Platform,
): Promise<PreparedRun<Decoded>> {
  const start = performance.now();
  checkKeys(given, KEYS);
  checkRunOptions(given);
  checkDecodeLimits(given);
  const reconstruction = reconstructionOf(given);
  const signal = limitedSignal(given.signal, given.timeout);
  const options = { ...given, ...(signal && { signal }) };
  checkBytes('bytes', bytes);
  const stream = parseStream(bytes, options.limitInputPixels);
  checkMemory(stream.header, bytes.length, options);
  const extent = extentOf(options, stream, bytes.length);
  checkWhole(options, stream, extent);
  const { alpha, metadata } = await readExtras(stream, platform);
  return {
    pixels: stream.header.width * stream.header.height,
    async run(openEngine) {
      const tail = unportableBackend(options) ? null : extent.tail;
      const layers = stream.layers.slice(0, extent.count);
      const expected = { layers: layers.length, tail: tail !== null };
      const decoder = await StreamDecoder.open({ start: stream, layers, expected, alpha, options }, openEngine);
      const { picture, idealBits, exact } = await decodeAll(decoder, layers.length, tail, reconstruction);
      const tailDamage = tail && !exact ? DAMAGED_TAIL : null;
      if (tailDamage && failOnOf(options) !== 'none') throw new DdpmError('ERR_DDPM_CORRUPT', tailDamage);
      const damage = extent.short && stream.status === 'corrupt' ? stream.damage : null;
      const info: DecodeInfo = {
        ...report({ ...stream, layers, tail: exact ? tail : null }, idealBits),
        damage: damage ?? tailDamage,
        truncated: extent.short && stream.status === 'truncated',
        lossless: exact,
        lossyBecause: tailDamage ?? (extent.tail && !exact ? unportableBackend(options) : null),
        backend: options.backend ?? PORTABLE_BACKEND,
        timing: { totalMs: performance.now() - start, ...decoder.times },
      };
      return { data: picture.data, info, metadata };
    },
  };
}

/** What came of a stream. */
interface Outcome {
  readonly picture: DecodedPicture;
  readonly idealBits: readonly number[];
  /** The picture is that of the tail. */
  readonly exact: boolean;
}

async function decodeAll(
  decoder: StreamDecoder,
  count: number,
  tail: ParsedTail | null,
  { mode, seed }: Reconstruction,
): Promise<Outcome> {
  const idealBits: number[] = [];
  for await (const state of decoder.advance(count)) idealBits.push(state.idealBits);
  const exact = tail ? await decoder.exact(tail) : undefined;
  if (exact) return { picture: exact, idealBits, exact: true };
  const picture = mode === 'sample' ? await decoder.sample(seed) : decoder.picture();
  return { picture, idealBits, exact: false };
}

type Report = Omit<DecodeInfo, 'backend' | 'timing' | 'damage' | 'truncated' | 'lossless' | 'lossyBecause'>;

function report(stream: ParsedStream, idealBits: readonly number[]): Report {
  const endBit = stream.tail ? stream.tail.end * 8 : stream.layers[stream.layers.length - 1]?.endBit;
  const info = inspectStream(stream, endBit);
  return {
    ...info,
    idealBits: idealBits.reduce((sum, bits) => sum + bits, 0),
    actualBits: info.layers.reduce((sum, layer) => sum + layer.actualBits, 0),
    layers: info.layers.map((rate, i) => ({ ...rate, idealBits: idealBits[i] })),
  };
}
