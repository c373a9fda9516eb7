import { decodeWalk, sampleWalk } from '../codec/decode-walk.ts';
import { type Picture, pictureOf } from '../codec/picture.ts';
import type { WalkState } from '../codec/reverse-walk.ts';
import { type ParsedStream, parseStream } from '../codec/stream.ts';
import { DdpmError } from '../errors.ts';
import type { Model } from '../model/denoiser.ts';
import { inspectStream } from './inspect.ts';
import { useModel } from './models.ts';
import { checkChoice, checkKeys, checkNumber } from './options.ts';
import { joinAlpha } from './pixels.ts';
import { Checkpoints, checkRunOptions, RUN_OPTION_KEYS, Stopwatch, timedModel } from './run.ts';
import { readAlpha, readMetadata } from './side-data.ts';
import type { DecodeInfo, DecodeOptions, Metadata, RunOptions } from './types.ts';

const KEYS = [...RUN_OPTION_KEYS, 'bytes', 'layers', 'bpp', 'failOn', 'reconstruction', 'reconstructionSeed'];

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

/** How many layers to decode, and whether the stream has fewer than were asked for. */
function layersToDecode(
  options: DecodeOptions,
  stream: ParsedStream,
  length: number,
): { count: number; short: boolean } {
  const cuts = ['bytes', 'layers', 'bpp'].filter((key) => options[key as 'bytes'] !== undefined);
  if (cuts.length > 1) throw new TypeError(`"${cuts[1]}" expected alone, got ${cuts.join(' and ')}`);
  const layers = checkNumber('layers', options.layers, { min: 0, max: stream.steps.length, integer: true });
  const allowed = bytesAllowed(options, stream);
  const there = stream.layers.filter((layer) => layer.endBit <= allowed * 8).length;
  if (layers !== undefined) return { count: Math.min(layers, there), short: layers > there };
  const cut = there < stream.layers.length;
  if (stream.status === 'corrupt') {
    const end = stream.layers[there - 1]?.endBit ?? stream.startBytes * 8;
    // A cut right behind the last intact layer asks for nothing that is damaged.
    return { count: there, short: !cut && Math.ceil(end / 8) < allowed };
  }
  // Whoever asks for no more bytes than there are misses none.
  return { count: there, short: stream.status === 'truncated' && allowed > length };
}

function checkWhole(options: DecodeOptions, stream: ParsedStream, short: boolean): void {
  const failOn = checkChoice('failOn', options.failOn, ['none', 'error', 'truncated']) ?? 'error';
  if (!short) return;
  if (stream.status === 'corrupt' && failOn !== 'none') {
    throw new DdpmError('ERR_DDPM_CORRUPT', `damaged stream: ${stream.damage}`);
  }
  if (stream.status === 'truncated' && failOn === 'truncated') {
    const found = `${stream.layers.length} of ${stream.steps.length} layers`;
    throw new DdpmError('ERR_DDPM_TRUNCATED', `truncated stream: it ends after ${found}`);
  }
}

/**
 * The model for a stream.
 *
 * @throws DdpmError `ERR_DDPM_MODEL_MISMATCH` if it is not the one the stream was made with; see useModel
 */
export async function modelFor({ header }: Pick<ParsedStream, 'header'>, options: RunOptions): Promise<Model> {
  const model = await useModel(options.model, options.backend);
  if (model.id === header.model) return model;
  const made = `the stream was made with model ${header.model}, this one is ${model.id}`;
  throw new DdpmError('ERR_DDPM_MODEL_MISMATCH', `${made}; give the right weights file as the model`);
}

/** What decoding gives. */
export interface Decoded {
  /** Interleaved pixels of `info.width` x `info.height` x `info.channels`. */
  readonly data: Uint8Array;
  readonly info: DecodeInfo;
  /** ICC profile and the like, as the encoder was given them. */
  readonly metadata: Metadata;
}

/**
 * Decodes a `.ddpm` stream, or any prefix of one that holds the header.
 *
 * @returns the pixels, what was decoded, and the picture's metadata
 * @throws TypeError or RangeError for a bad option; DdpmError `ERR_DDPM_CORRUPT`, `ERR_DDPM_TRUNCATED` (only if asked for),
 *   `ERR_DDPM_LIMIT`, `ERR_DDPM_MODEL_MISSING`, `ERR_DDPM_MODEL_MISMATCH`, `ERR_DDPM_MODEL_CORRUPT` or `ERR_DDPM_BACKEND`;
 *   `signal.reason` if aborted
 */
export async function decode(bytes: Uint8Array, options: DecodeOptions = {}): Promise<Decoded> {
  const start = performance.now();
  checkKeys(options, KEYS);
  checkRunOptions(options);
  if (!(bytes instanceof Uint8Array)) throw new TypeError('"bytes" expected Uint8Array');
  const parsed = parseStream(bytes, options.limitInputPixels);
  const { count, short } = layersToDecode(options, parsed, bytes.length);
  checkWhole(options, parsed, short);
  const stream = { ...parsed, layers: parsed.layers.slice(0, count) };
  const metadata = readMetadata(stream.chunks);
  const alpha = await readAlpha(stream.chunks, stream.header);
  const network = new Stopwatch();
  const model = timedModel(await modelFor(stream, options), network);
  const { picture, idealBits } = await runDecoder(stream, model, options);
  const totalMs = performance.now() - start;
  const timing = { totalMs, networkMs: network.ms, channelMs: Math.max(0, totalMs - network.ms) };
  const damage = short && parsed.status === 'corrupt' ? parsed.damage : null;
  const truncated = short && parsed.status === 'truncated';
  const info = { ...report(stream, idealBits), damage, truncated, backend: options.backend ?? 'wasm', timing };
  return { data: joinAlpha(picture, alpha)[0], info, metadata };
}

async function runDecoder(
  stream: ParsedStream,
  model: Model,
  options: DecodeOptions,
): Promise<{ picture: Picture; idealBits: number[] }> {
  const { header, layers, steps } = stream;
  const reconstruction = checkChoice('reconstruction', options.reconstruction, ['mmse', 'sample']) ?? 'mmse';
  const seedBounds = { min: 0, max: 2 ** 32 - 1, integer: true };
  const sampleSeed = checkNumber('reconstructionSeed', options.reconstructionSeed, seedBounds) ?? 0;
  const checkpoints = new Checkpoints('decode', steps.slice(0, layers.length), options);
  const idealBits: number[] = [];
  let last: WalkState | undefined;
  for await (const state of decodeWalk(stream, model)) {
    if (state.layers > 0) idealBits.push(state.idealBits);
    last = state;
    await checkpoints.pass(state.layers);
    if (state.layers === layers.length) break;
  }
  if (!last) throw new Error('the walk yields at least the state before the first layer');
  if (reconstruction === 'sample') {
    for await (const state of sampleWalk(stream, model, last, sampleSeed)) {
      last = state;
      await checkpoints.pass(layers.length);
    }
  }
  return { picture: pictureOf(last.mean, last.level, header, header.grey ? 1 : 3), idealBits };
}

type Report = Omit<DecodeInfo, 'backend' | 'timing' | 'damage' | 'truncated'>;

function report(stream: ParsedStream, idealBits: readonly number[]): Report {
  const info = inspectStream(stream, stream.layers[stream.layers.length - 1]?.endBit);
  return {
    ...info,
    idealBits: idealBits.reduce((sum, bits) => sum + bits, 0),
    actualBits: info.layers.reduce((sum, layer) => sum + layer.actualBits, 0),
    layers: info.layers.map((rate, i) => ({ ...rate, idealBits: idealBits[i] })),
  };
}
