/** Encoder and decoder of the browser entry: in the codec's worker, or in the calling thread. */

import { anySignal } from '../base/any-signal.ts';
import { checkBytes, formatValue } from '../base/check-options.ts';
import type { Size } from '../codec/grid/geometry.ts';
import { arrivingCall, callOnce, timedCall } from '../coding/calls/make-calls.ts';
import { sentBytes, sentPixels } from '../coding/calls/sent-input.ts';
import type { ByteSource } from '../coding/decoder/arriving-bytes.ts';
import type { DecodeOptions } from '../coding/decoder/decode-options.ts';
import type { Decoded } from '../coding/decoder/decoder.ts';
import type { Frame, ProgressiveOptions } from '../coding/decoder/progressive-decoder.ts';
import { stoppable } from '../coding/decoder/stoppable-frames.ts';
import type { EncodeOptions } from '../coding/encoder/encode-options.ts';
import type { Encoded } from '../coding/encoder/encoder.ts';
import type { RawImage } from '../image/raw-image.ts';
import type { BrowserCalls, Painted } from './browser-calls.ts';
import { type ModelOptions, type Place, placeOf } from './browser-options.ts';
import { WorkerThread } from './worker-thread.ts';

/** Options of `encode` in a browser. */
export type BrowserEncodeOptions = ModelOptions & Omit<EncodeOptions, 'model' | 'backend' | 'metadata'>;
/** Options of `decode` in a browser. */
export type BrowserDecodeOptions = ModelOptions & Omit<DecodeOptions, 'model' | 'backend'>;
/** Options of `decodeProgressive` in a browser. */
export type BrowserRunOptions = ModelOptions & Omit<ProgressiveOptions, 'model' | 'backend'>;
/** Options of `preload`. */
export type PreloadOptions = ModelOptions & Pick<EncodeOptions, 'signal'>;

/** RGBA pixels, as from a canvas. */
export type CanvasPixels = Pick<ImageData, 'data' | 'width' | 'height'>;

/** A decoded picture that can be drawn on a canvas. */
export interface Drawable {
  /** The picture for a canvas: `context.putImageData(decoded.imageData, 0, 0)`. */
  readonly imageData: ImageData;
}

/** Result of `decode` in a browser. */
export type BrowserDecoded = Decoded & Drawable;
/** A frame of `decodeProgressive` in a browser. */
export type BrowserFrame = Frame & Drawable;

/** Makes an ImageData of the RGBA pixels, without copying them. */
function drawable<T extends Decoded | Frame>({ rgba, ...picture }: T & Painted): Omit<T, 'rgba'> & Drawable {
  const { width, height } = picture.info;
  return { ...picture, imageData: new ImageData(rgba, width, height) };
}

const workers = new Map<string | undefined, WorkerThread>();

/** The worker of a program, which all calls share. */
function workerOf(url: string | undefined): WorkerThread {
  const worker = workers.get(url) ?? new WorkerThread(url);
  workers.set(url, worker);
  return worker;
}

/** The codec for this thread. Imported when it is needed, as most pages use the worker. */
const inlineCoder = (): Promise<typeof import('./inline-coder.ts')> => import('./inline-coder.ts');

/** Pixels from either form of input. */
function rawOf(image: RawImage | CanvasPixels): RawImage {
  if (typeof image !== 'object' || image === null || !('data' in image)) {
    const remedy = 'image files are for the browser to read, for example by createImageBitmap';
    throw new TypeError(`"image" expected pixels or ImageData, got ${formatValue(image)}: ${remedy}`);
  }
  if ('channels' in image) return image;
  const { data, width, height } = image;
  return { data: data as Uint8ClampedArray, width, height, channels: 4 };
}

/**
 * Compresses pixels to a progressive `.ddpm` stream, as in Node.
 *
 * The bytes are those of Node for the same pixels and options; only alpha and metadata may be compressed differently.
 *
 * @param image - pixels with their number of channels, or an ImageData
 * @throws as `encode` of `ddpm-codec`
 */
export async function encode(image: RawImage | CanvasPixels, options: BrowserEncodeOptions = {}): Promise<Encoded> {
  const place = placeOf(options);
  const raw = rawOf(image);
  if (place.thread === 'inline') {
    const { encodeHere, inlineOpener } = await inlineCoder();
    return encodeHere(raw, place.options, inlineOpener(place));
  }
  const task = { kind: 'encode', options: place.options, input: () => sentPixels(raw) };
  return timedCall<BrowserCalls['encode']>(workerOf(place.workerUrl), task);
}

/**
 * Decodes a `.ddpm` stream, or any prefix of one that holds the header, as in Node and to the same pixels.
 *
 * @throws as `decode` of `ddpm-codec`
 */
export async function decode(bytes: Uint8Array, options: BrowserDecodeOptions = {}): Promise<BrowserDecoded> {
  const place = placeOf(options);
  checkBytes('bytes', bytes);
  if (place.thread === 'inline') {
    const { decodeHere, inlineOpener } = await inlineCoder();
    return drawable(await decodeHere(bytes, place.options, inlineOpener(place)));
  }
  const task = { kind: 'decode', options: place.options, input: () => sentBytes(bytes) };
  return drawable(await timedCall<BrowserCalls['decode']>(workerOf(place.workerUrl), task));
}

async function* framesOf(
  source: ByteSource,
  callOptions: BrowserRunOptions,
  stopped: AbortSignal,
): AsyncGenerator<BrowserFrame, void, void> {
  const place = placeOf(callOptions);
  const signal = anySignal(stopped, place.options.signal);
  let frames: AsyncGenerator<Frame & Painted, void, void>;
  if (place.thread === 'inline') {
    const { decodeArrivingHere, inlineOpener } = await inlineCoder();
    frames = decodeArrivingHere(source, { ...place.options, signal }, inlineOpener(place));
  } else {
    const task = { kind: 'decodeProgressive', options: { ...place.options, signal } };
    frames = arrivingCall<BrowserCalls['decodeProgressive']>(workerOf(place.workerUrl), source, task);
  }
  for await (const frame of frames) yield drawable(frame);
}

/**
 * Decodes a stream while its bytes arrive; yields a frame after each layer. Frames are computed while one is asked for, and
 * `return()` ends that before the next window or tile.
 *
 * @param source - chunks of a `.ddpm` stream, such as the `body` of a response
 * @throws as `decodeProgressive` of `ddpm-codec`
 */
export function decodeProgressive(
  source: ByteSource,
  options: BrowserRunOptions = {},
): AsyncGenerator<BrowserFrame, void, void> {
  return stoppable((stopped) => framesOf(source, options, stopped));
}

/**
 * Decodes a placeholder, as `placeholderToImage` of `ddpm-codec`, for a canvas.
 *
 * @param bytes - from `placeholder` of `ddpm-codec`, or a prefix of at least 2 bytes
 * @returns 32 pixels on the longer side
 * @throws TypeError or RangeError for a bad option; DdpmError `ERR_DDPM_CORRUPT` if the bytes are no placeholder, and as
 *   {@link preload}
 */
export async function placeholderToImageData(bytes: Uint8Array, options: PreloadOptions = {}): Promise<ImageData> {
  const place = placeOf(options);
  checkBytes('bytes', bytes);
  const picture = await placeholderIn(place, bytes);
  return new ImageData(picture.rgba, picture.width, picture.height);
}

async function placeholderIn(place: Place<PreloadOptions>, bytes: Uint8Array): Promise<Painted & Size> {
  if (place.thread === 'inline') {
    const { decodePlaceholderHere, inlineModel } = await inlineCoder();
    return decodePlaceholderHere(bytes, inlineModel(place), place.options.signal);
  }
  const task = { kind: 'placeholder', options: place.options, input: () => sentBytes(bytes) };
  const picture = await callOnce<BrowserCalls['placeholder']>(workerOf(place.workerUrl), task);
  if (!picture) throw new Error('the worker gave no picture');
  return picture;
}

/**
 * Starts the worker and loads the model, so that the first picture need not wait for it.
 *
 * @throws DdpmError `ERR_DDPM_MODEL_MISSING`, `ERR_DDPM_MODEL_CORRUPT` or `ERR_DDPM_BACKEND`; `signal.reason` if aborted
 */
export async function preload(options: PreloadOptions = {}): Promise<void> {
  const place = placeOf(options);
  if (place.thread === 'inline') {
    await (await inlineCoder()).inlineOpener(place)({}, { exact: false });
    return;
  }
  const task = { kind: 'preload', options: place.options, input: async () => null };
  await callOnce<BrowserCalls['preload']>(workerOf(place.workerUrl), task);
}
