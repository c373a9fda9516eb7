import { type DecodeWalkState, decodeWalk } from '../codec/decode-walk.ts';
import { type Picture, pictureOf } from '../codec/picture.ts';
import { type ParsedStream, parseStream } from '../codec/stream.ts';
import { DdpmError } from '../errors.ts';
import { inspectStream } from './inspect.ts';
import { useModel } from './models.ts';
import { checkChoice, checkKeys, checkNumber } from './options.ts';
import { Checkpoints, checkRunOptions, RUN_OPTION_KEYS, Stopwatch, timedModel } from './run.ts';
import type { DecodeInfo, DecodeOptions } from './types.ts';

const KEYS = [...RUN_OPTION_KEYS, 'bytes', 'layers', 'bpp', 'failOn'];

/** Bytes that the options allow; Infinity if they do not cut. */
function bytesAllowed(options: DecodeOptions, stream: ParsedStream): number {
  const { headerBytes, width, height } = stream.header;
  const max = Number.MAX_SAFE_INTEGER;
  const bytes = checkNumber('bytes', options.bytes, { min: headerBytes, max, integer: true });
  if (bytes !== undefined) return bytes;
  const minBpp = (headerBytes * 8) / (width * height);
  const bpp = checkNumber('bpp', options.bpp, { min: minBpp, max: Number.MAX_VALUE });
  return bpp === undefined ? Number.POSITIVE_INFINITY : Math.floor((bpp * width * height) / 8 + 1e-9);
}

/** How many layers to decode, and whether the stream has fewer than were asked for. */
function layersToDecode(options: DecodeOptions, stream: ParsedStream): { count: number; short: boolean } {
  const cuts = ['bytes', 'layers', 'bpp'].filter((key) => options[key as 'bytes'] !== undefined);
  if (cuts.length > 1) throw new TypeError(`"${cuts[1]}" expected alone, got ${cuts.join(' and ')}`);
  const layers = checkNumber('layers', options.layers, { min: 0, max: stream.steps.length, integer: true });
  const allowed = bytesAllowed(options, stream);
  const there = stream.layers.filter((layer) => layer.endBit <= allowed * 8).length;
  if (layers !== undefined) return { count: Math.min(layers, there), short: layers > there };
  const cut = there < stream.layers.length;
  const end = stream.layers[there - 1]?.endBit ?? stream.header.headerBytes * 8;
  // A cut right behind the last whole layer asks for nothing that is missing.
  return { count: there, short: !cut && stream.status !== 'complete' && Math.ceil(end / 8) < allowed };
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
 * Decodes a `.ddpm` stream, or any prefix of one that holds the header.
 *
 * @returns interleaved pixels of `info.width` x `info.height` x `info.channels`, and what was decoded
 * @throws TypeError or RangeError for a bad option; DdpmError `ERR_DDPM_CORRUPT`, `ERR_DDPM_TRUNCATED` (only if asked for),
 *   `ERR_DDPM_LIMIT`, `ERR_DDPM_MODEL_MISSING`, `ERR_DDPM_MODEL_MISMATCH`, `ERR_DDPM_MODEL_CORRUPT` or `ERR_DDPM_BACKEND`;
 *   `signal.reason` if aborted
 */
export async function decode(
  bytes: Uint8Array,
  options: DecodeOptions = {},
): Promise<{ data: Uint8Array; info: DecodeInfo }> {
  const start = performance.now();
  checkKeys(options, KEYS);
  checkRunOptions(options);
  if (!(bytes instanceof Uint8Array)) throw new TypeError('"bytes" expected Uint8Array');
  const parsed = parseStream(bytes, options.limitInputPixels);
  const { count, short } = layersToDecode(options, parsed);
  checkWhole(options, parsed, short);
  const stream = { ...parsed, layers: parsed.layers.slice(0, count) };
  const model = await useModel(options.model, options.backend);
  if (model.id !== parsed.header.model) {
    const made = `the stream was made with model ${parsed.header.model}, this one is ${model.id}`;
    throw new DdpmError('ERR_DDPM_MODEL_MISMATCH', `${made}; give the right weights file as the model`);
  }
  const network = new Stopwatch();
  const { picture, idealBits } = await runDecoder(stream, timedModel(model, network), options);
  const totalMs = performance.now() - start;
  const timing = { totalMs, networkMs: network.ms, channelMs: Math.max(0, totalMs - network.ms) };
  const damage = short && parsed.status === 'corrupt' ? parsed.damage : null;
  const truncated = short && parsed.status === 'truncated';
  const info = { ...report(stream, idealBits), damage, truncated, backend: options.backend ?? 'wasm', timing };
  return { data: picture.data, info };
}

async function runDecoder(
  stream: ParsedStream,
  model: Parameters<typeof decodeWalk>[1],
  options: DecodeOptions,
): Promise<{ picture: Picture; idealBits: number[] }> {
  const { header, layers, steps } = stream;
  const checkpoints = new Checkpoints('decode', steps.slice(0, layers.length), options);
  const idealBits: number[] = [];
  let last: DecodeWalkState | undefined;
  for await (const state of decodeWalk(stream, model)) {
    if (state.layers > 0) idealBits.push(state.idealBits);
    last = state;
    await checkpoints.pass(state.layers);
  }
  if (!last) throw new Error('the walk yields at least the state before the first layer');
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
