/** Decoding, wherever it runs: decode-command.ts and index.ts say where. */

import { checkChoice, checkKeys, checkNumber } from '../../base/check-options.ts';
import { crc32 } from '../../base/crc.ts';
import { DdpmError } from '../../base/errors.ts';
import type { Executor } from '../../codec/executor/executor.ts';
import { type ParsedStream, parseStream } from '../../codec/format/stream.ts';
import { type Picture, pictureOf } from '../../codec/grid/picture.ts';
import { decodeTail } from '../../codec/tail/tail.ts';
import type { ParsedTail } from '../../codec/tail/tail-section.ts';
import { decodeWalk, sampleWalk } from '../../codec/walk/decode-walk.ts';
import type { WalkState } from '../../codec/walk/reverse-walk.ts';
import type { Metadata } from '../../image/raw-image.ts';
import { joinAlpha } from '../../image/raw-image.ts';
import type { Prepared } from '../encoder/encoder.ts';
import type { Engine, OpenEngine } from '../engine.ts';
import { inspectStream } from '../inspect.ts';
import { readAlpha, readMetadata } from '../picture-chunks.ts';
import type { Platform } from '../platform.ts';
import type { RunOptions } from '../run-options.ts';
import { AttendedExecutor, Checkpoints, checkRunOptions, PORTABLE_BACKEND, RUN_OPTION_KEYS } from '../run-options.ts';
import type { DecodeInfo } from '../stream-info.ts';
import { checkGuards, checkMemory, GUARD_KEYS, guardedSignal } from './decode-limits.ts';
import type { DecodeOptions } from './decode-options.ts';

const KEYS = [
  ...RUN_OPTION_KEYS,
  ...GUARD_KEYS,
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

/**
 * The engine for a stream.
 *
 * @throws DdpmError `ERR_DDPM_MODEL_MISMATCH` if its model is not the one the stream was made with, `ERR_DDPM_BACKEND` if its layers
 *   need another backend; see useModel
 */
export async function engineFor(
  { header }: Pick<ParsedStream, 'header'>,
  options: RunOptions,
  openEngine: OpenEngine,
): Promise<Engine> {
  const { backend = PORTABLE_BACKEND } = options;
  if (header.dithered && backend !== PORTABLE_BACKEND) {
    const why = `the stream's channel is dithered, and the arithmetic of ${backend} differs from machine to machine`;
    throw new DdpmError(
      'ERR_DDPM_BACKEND',
      `backend ${backend}: ${why}; decode it with the backend ${PORTABLE_BACKEND}`,
    );
  }
  const engine = await openEngine(options, header.model);
  if (engine.modelId === header.model) return engine;
  const made = `the stream was made with model ${header.model}, this one is ${engine.modelId}`;
  throw new DdpmError(
    'ERR_DDPM_MODEL_MISMATCH',
    `${made}; give the right weights file as the model, or import it with: ddpm-codec models import`,
  );
}

/** What decoding gives. */
export interface Decoded {
  /** Interleaved pixels of `info.width` x `info.height` x `info.channels`. */
  readonly data: Uint8Array;
  readonly info: DecodeInfo;
  /** ICC profile and the like, as the encoder was given them. */
  readonly metadata: Metadata;
}

/** All of `decode` that needs no model. */
export async function prepareDecode(
  bytes: Uint8Array,
  given: DecodeOptions,
  platform: Platform,
): Promise<Prepared<Decoded>> {
  const start = performance.now();
  checkKeys(given, KEYS);
  checkRunOptions(given);
  checkGuards(given);
  const signal = guardedSignal(given.signal, given.timeout);
  const options = { ...given, ...(signal && { signal }) };
  if (!(bytes instanceof Uint8Array)) throw new TypeError('"bytes" expected Uint8Array');
  const parsed = parseStream(bytes, options.limitInputPixels);
  checkMemory(parsed.header, bytes.length, options);
  const extent = extentOf(options, parsed, bytes.length);
  const { count, short } = extent;
  checkWhole(options, parsed, extent);
  const stream = { ...parsed, layers: parsed.layers.slice(0, count) };
  const metadata = await readMetadata(stream.chunks, platform);
  const alpha = await readAlpha(stream.chunks, stream.header, platform);
  const damage = short && parsed.status === 'corrupt' ? parsed.damage : null;
  const truncated = short && parsed.status === 'truncated';
  return {
    pixels: stream.header.width * stream.header.height,
    async run(openEngine) {
      const engine = await engineFor(stream, options, openEngine);
      const executor = new AttendedExecutor(engine.executor(), options);
      const tail = unportableBackend(options) ? null : extent.tail;
      const { picture, idealBits, exact } = await runDecoder({ ...stream, tail }, executor, options);
      const tailDamage = tail && !exact ? DAMAGED_TAIL : null;
      if (tailDamage && failOnOf(options) !== 'none') throw new DdpmError('ERR_DDPM_CORRUPT', tailDamage);
      const lossyBecause = tailDamage ?? (extent.tail && !exact ? unportableBackend(options) : null);
      const timing = { totalMs: performance.now() - start, ...executor.times };
      const told = { damage: damage ?? tailDamage, truncated, lossless: exact, lossyBecause };
      const backend = options.backend ?? ('wasm' as const);
      const info = { ...report({ ...stream, tail: exact ? tail : null }, idealBits), ...told, backend, timing };
      return { data: joinAlpha(picture, alpha)[0], info, metadata };
    },
  };
}

/** What is wrong where a tail gives other pixels. */
export const DAMAGED_TAIL = 'damaged tail: the checksum of its pixels does not match';

/** Why a tail cannot be decoded with the backend, or null. */
export function unportableBackend({ backend = PORTABLE_BACKEND }: RunOptions): string | null {
  if (backend === PORTABLE_BACKEND) return null;
  return `the lossless tail needs the backend ${PORTABLE_BACKEND}; the arithmetic of ${backend} differs from machine to machine`;
}

/** The exact picture, or undefined if its checksum says that it is not. */
export async function decodeExactly(
  { header, tail }: Pick<ParsedStream, 'header' | 'tail'>,
  { state, mean, posterior, index }: WalkState,
  checkpoints: Checkpoints,
): Promise<Picture | undefined> {
  const { logVariance } = posterior;
  if (!tail || !logVariance) return undefined;
  const { width, height, grey } = header;
  const shape = { width, height, channels: grey ? (1 as const) : (3 as const) };
  const data = await checkpoints.drainTail(decodeTail(tail.data, shape, { state, mean, logVariance, index }), height);
  return crc32(data) === tail.checksum ? { data, ...shape } : undefined;
}

/** What came of a stream. */
interface Outcome {
  readonly picture: Picture;
  readonly idealBits: number[];
  /** The picture is that of the tail. */
  readonly exact: boolean;
}

async function runDecoder(stream: ParsedStream, executor: Executor, options: DecodeOptions): Promise<Outcome> {
  const { header, layers, steps } = stream;
  const reconstruction = checkChoice('reconstruction', options.reconstruction, ['mmse', 'sample']) ?? 'mmse';
  const seedBounds = { min: 0, max: 2 ** 32 - 1, integer: true };
  const sampleSeed = checkNumber('reconstructionSeed', options.reconstructionSeed, seedBounds) ?? 0;
  const checkpoints = new Checkpoints('decode', steps.slice(0, layers.length), options, stream.tail !== null);
  const idealBits: number[] = [];
  let last: WalkState | undefined;
  for await (const state of decodeWalk(stream, executor)) {
    if (state.layers > 0) idealBits.push(state.idealBits);
    last = state;
    await checkpoints.pass(state.layers);
    if (state.layers === layers.length) break;
  }
  if (!last) throw new Error('the walk yields at least the state before the first layer');
  const exact = await decodeExactly(stream, last, checkpoints);
  if (exact) return { picture: exact, idealBits, exact: true };
  if (reconstruction === 'sample') {
    for await (const state of sampleWalk(stream, executor, last, sampleSeed)) {
      last = state;
      await checkpoints.pass(layers.length);
    }
  }
  return { picture: pictureOf(last.mean, last.level, header, header.grey ? 1 : 3), idealBits, exact: false };
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
