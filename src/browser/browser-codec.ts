/** Encoder and decoder of the browser entry: those of Node, on the browser's platform. */

import type { DecodeOptions } from '../coding/decoder/decode-options.ts';
import { type Decoded, prepareDecode } from '../coding/decoder/decoder.ts';
import { decodeArrivals, type Frame, type ProgressiveOptions } from '../coding/decoder/progressive-decoder.ts';
import type { EncodeOptions } from '../coding/encoder/encode-options.ts';
import { type Encoded, prepareEncode } from '../coding/encoder/encoder.ts';
import type { RawImage } from '../image/raw-image.ts';
import { type ModelOptions, withModel } from './browser-models.ts';
import { BROWSER } from './browser-platform.ts';

/** Options of `encode` in a browser. */
export type BrowserEncodeOptions = ModelOptions & Omit<EncodeOptions, 'model' | 'backend' | 'metadata'>;
/** Options of `decode` in a browser. */
export type BrowserDecodeOptions = ModelOptions & Omit<DecodeOptions, 'model' | 'backend'>;
/** Options of `decodeProgressive` in a browser. */
export type BrowserRunOptions = ModelOptions & Omit<ProgressiveOptions, 'model' | 'backend'>;

/** RGBA pixels, as a canvas gives them. */
export type CanvasPixels = Pick<ImageData, 'data' | 'width' | 'height'>;

/**
 * Compresses pixels to a progressive `.ddpm` stream, as in Node. Works in the thread that calls it: call it in a worker.
 *
 * The bytes are those that Node gives for the same pixels and options; only alpha and metadata may be packed otherwise.
 *
 * @param image - pixels with their number of channels, or an ImageData
 * @throws as `encode` of `ddpm-codec`
 */
export async function encode(image: RawImage | CanvasPixels, options: BrowserEncodeOptions): Promise<Encoded> {
  const { rest, openEngine } = withModel(options);
  const { data, width, height } = image;
  const raw = 'channels' in image ? image : { data: data as Uint8ClampedArray, width, height, channels: 4 as const };
  const { run } = await prepareEncode(raw, rest, BROWSER);
  return run(openEngine);
}

/**
 * Decodes a `.ddpm` stream, or any prefix of one that holds the header, as in Node and to the same pixels. Works in the thread that
 * calls it: call it in a worker.
 *
 * @throws as `decode` of `ddpm-codec`
 */
export async function decode(bytes: Uint8Array, options: BrowserDecodeOptions): Promise<Decoded> {
  const { rest, openEngine } = withModel(options);
  const { run } = await prepareDecode(bytes, rest, BROWSER);
  return run(openEngine);
}

/** A web stream as an async iterable, which not all browsers make of it. */
async function* chunksOf(source: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (!('getReader' in source)) {
    yield* source;
    return;
  }
  const reader = source.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel();
  }
}

/**
 * Decodes a stream while its bytes arrive: a frame after each layer.
 *
 * @param source - chunks of a `.ddpm` stream, such as the `body` of a response
 * @throws as `decodeProgressive` of `ddpm-codec`
 */
export function decodeProgressive(
  source: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>,
  options: BrowserRunOptions,
): AsyncGenerator<Frame, void, void> {
  const { rest, openEngine } = withModel(options);
  return decodeArrivals(chunksOf(source), rest, { platform: BROWSER, openEngine });
}

/**
 * Decoded pixels as ImageData takes them: `new ImageData(toRgba(decoded), width, height)`.
 *
 * @param decoded - what `decode` gives, or a frame
 * @returns width * height * 4 samples; opaque where there is no alpha
 */
export function toRgba({
  data,
  info,
}: Pick<Decoded, 'data'> & { info: Pick<Frame['info'], 'channels'> }): Uint8ClampedArray<ArrayBuffer> {
  const { channels } = info;
  const pixels = data.length / channels;
  const rgba = new Uint8ClampedArray(pixels * 4);
  const grey = channels <= 2;
  for (let p = 0; p < pixels; p++) {
    const at = p * channels;
    for (let c = 0; c < 3; c++) rgba[p * 4 + c] = data[at + (grey ? 0 : c)];
    rgba[p * 4 + 3] = channels % 2 === 0 ? data[at + channels - 1] : 255;
  }
  return rgba;
}
