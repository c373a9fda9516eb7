import { setImmediate } from 'node:timers/promises';
import { checkKeys, checkNumber } from '../base/check-options.ts';
import { checkPixels, LIMIT_PIXELS } from '../codec/format/header.ts';
import { pictureOf, planeOf } from '../codec/grid/picture.ts';
import {
  PLACEHOLDER_BYTES,
  PLACEHOLDER_SEEDS,
  parsePlaceholder,
  placeholderSize,
} from '../codec/placeholder/placeholder-stream.ts';
import { PlaceholderWalk, placeholderDecodeWalk } from '../codec/placeholder/placeholder-walk.ts';
import { trellisChannel } from '../codec/trellis/trellis-transport.ts';
import type { WalkState } from '../codec/walk/reverse-walk.ts';
import type { RunOptions } from '../coding/run-options.ts';
import { checkRunOptions } from '../coding/run-options.ts';
import { areaAverage } from '../image/area-average.ts';
import { distortion } from '../image/distortion.ts';
import { readImage } from '../image/files/read-image.ts';
import { writeImage } from '../image/files/write-image.ts';
import type { RawImage } from '../image/raw-image.ts';
import { checkRawImage } from '../image/raw-image.ts';
import { useModel } from '../node/models/model-cache.ts';

/** Survivor paths of the trellis search: 4096 gain 0.02 dB and take 1.4 times as long (docs/placeholders.md). */
const BEAM_WIDTH = 1024;
const DEFAULT_BYTES = 64;

/** Options of `placeholderToImage` and `placeholderToDataURL`. */
export type PlaceholderDecodeOptions = Pick<RunOptions, 'model' | 'backend' | 'signal'>;

/** Options of `placeholder`. */
export interface PlaceholderOptions extends PlaceholderDecodeOptions {
  /** Size that the placeholder must not exceed, 16..1024; default 64. */
  readonly bytes?: number;
}

const DECODE_KEYS = ['model', 'backend', 'signal'];

/** Drains a walk, with turns for the event loop, and returns its last state. */
async function drain(states: AsyncGenerator<WalkState, void, void>, signal?: AbortSignal): Promise<WalkState> {
  let last: WalkState | undefined;
  signal?.throwIfAborted();
  for await (const state of states) {
    last = state;
    await setImmediate();
    signal?.throwIfAborted();
  }
  if (!last) throw new Error('a walk yields at least the state before the first layer');
  return last;
}

/**
 * A placeholder for a picture that is still to load: a headerless stream of a few bytes for the picture at 32 pixels (its longer
 * side; its aspect is kept to the nearest pixel). Any prefix of at least 2 bytes is a coarser placeholder.
 *
 * The encoder tries 8 seeds and keeps the best; time and figures are in docs/placeholders.md. Alpha is laid over white; grey
 * pictures become RGB. The bytes do not name the model: give a model other than the default to the decoder as well.
 *
 * @param image - pixels, or the bytes of an encoded image (anything sharp reads)
 * @returns at most `bytes` bytes
 * @throws TypeError or RangeError for a bad option; DdpmError `ERR_DDPM_INPUT`, `ERR_DDPM_LIMIT`, `ERR_DDPM_MODEL_MISSING`,
 *   `ERR_DDPM_MODEL_CORRUPT` or `ERR_DDPM_BACKEND`; `signal.reason` if aborted
 */
export async function placeholder(image: RawImage | Uint8Array, options: PlaceholderOptions = {}): Promise<Uint8Array> {
  checkKeys(options, [...DECODE_KEYS, 'bytes']);
  checkRunOptions(options);
  const bytes = checkNumber('bytes', options.bytes, { ...PLACEHOLDER_BYTES, integer: true }) ?? DEFAULT_BYTES;
  const raw = image instanceof Uint8Array ? await readImage(image, { source: 'image', metadata: 'none' }) : image;
  checkRawImage(raw);
  checkPixels(raw, LIMIT_PIXELS);
  return bestSeed(areaAverage(raw, placeholderSize(raw)), bytes * 8, options);
}

/** Tries the seeds; the best picture wins, the first of equals. */
async function bestSeed(small: RawImage, bits: number, options: PlaceholderOptions): Promise<Uint8Array> {
  const { signal } = options;
  const model = await useModel(options.model, options.backend);
  const channel = trellisChannel({ beamWidth: BEAM_WIDTH });
  const colour = { ...small, channels: 3 as const };
  const image = planeOf(colour);
  let best: { bytes: Uint8Array; mse: number } | undefined;
  for (let seed = 0; seed < PLACEHOLDER_SEEDS; seed++) {
    const walk = new PlaceholderWalk({ image, seed, bits, model, channel });
    const { mean } = await drain(walk.states(), signal);
    const { mse } = distortion(pictureOf(mean, 0, small, 3).data, small.data);
    if (!best || mse < best.mse) best = { bytes: walk.bytes(), mse };
  }
  if (!best) throw new Error('there is at least one seed');
  return best.bytes;
}

/**
 * The picture of a placeholder, RGB, 32 pixels on its longer side.
 *
 * @param bytes - from `placeholder`, or a prefix of at least 2 bytes
 * @throws TypeError or RangeError for a bad option; DdpmError `ERR_DDPM_CORRUPT`, `ERR_DDPM_MODEL_MISSING`,
 *   `ERR_DDPM_MODEL_CORRUPT` or `ERR_DDPM_BACKEND`; `signal.reason` if aborted
 */
export async function placeholderToImage(bytes: Uint8Array, options: PlaceholderDecodeOptions = {}): Promise<RawImage> {
  checkKeys(options, DECODE_KEYS);
  checkRunOptions(options);
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`"bytes" expected Uint8Array, got ${typeof bytes}`);
  const parsed = parsePlaceholder(bytes);
  const model = await useModel(options.model, options.backend);
  const { mean } = await drain(placeholderDecodeWalk(parsed, model), options.signal);
  return pictureOf(mean, 0, parsed.header, 3);
}

/**
 * The picture of a placeholder as a `data:image/png;base64,...` URL, for an `img` element or a CSS background.
 *
 * @param bytes - from `placeholder`, or a prefix of at least 2 bytes
 * @throws as `placeholderToImage`
 */
export async function placeholderToDataURL(bytes: Uint8Array, options: PlaceholderDecodeOptions = {}): Promise<string> {
  const png = await writeImage(await placeholderToImage(bytes, options), 'png');
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
}
