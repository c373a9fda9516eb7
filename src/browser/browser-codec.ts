/** Encoder and decoder of the browser entry: those of src/coding, with the browser's platform. */

import { formatValue } from '../base/check-options.ts';
import type { ByteSource } from '../coding/decoder/arriving-bytes.ts';
import type { DecodeOptions } from '../coding/decoder/decode-options.ts';
import { type Decoded, prepareDecode } from '../coding/decoder/decoder.ts';
import { decodeArriving, type Frame, type ProgressiveOptions } from '../coding/decoder/progressive-decoder.ts';
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

/** RGBA pixels, as from a canvas. */
export type CanvasPixels = Pick<ImageData, 'data' | 'width' | 'height'>;

/** A decoded picture that can be drawn on a canvas. */
export interface Drawable {
  /**
   * The picture for a canvas: `context.putImageData(decoded.imageData, 0, 0)`. It is made when it is first read. It is
   * not copied when the result is posted to another thread: post the ImageData itself.
   */
  readonly imageData: ImageData;
}

/** Result of `decode` in a browser. */
export type BrowserDecoded = Decoded & Drawable;
/** A frame of `decodeProgressive` in a browser. */
export type BrowserFrame = Frame & Drawable;

/** Converts pixels to RGBA for a canvas; opaque where there is no alpha. */
function rgbaOf({ data, info }: Pick<Decoded, 'data'> & Pick<Frame, 'info'>): Uint8ClampedArray<ArrayBuffer> {
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

/** Adds the property `imageData`, which is computed when it is first read. */
function drawable<T extends Decoded | Frame>(decoded: T): T & Drawable {
  const { width, height } = decoded.info;
  let made: ImageData | undefined;
  const get = (): ImageData => {
    made ??= new ImageData(rgbaOf(decoded as Frame), width, height);
    return made;
  };
  return Object.defineProperty(decoded, 'imageData', { get, enumerable: false }) as T & Drawable;
}

/**
 * Compresses pixels to a progressive `.ddpm` stream, as in Node. Runs in the calling thread; call it in a worker.
 *
 * The bytes are those of Node for the same pixels and options; only alpha and metadata may be compressed differently.
 *
 * @param image - pixels with their number of channels, or an ImageData
 * @throws as `encode` of `ddpm-codec`
 */
export async function encode(image: RawImage | CanvasPixels, options: BrowserEncodeOptions): Promise<Encoded> {
  const { rest, openEngine } = withModel(options);
  const { run } = await prepareEncode(async () => rawOf(image), rest, BROWSER);
  return run(openEngine);
}

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
 * Decodes a `.ddpm` stream, or any prefix of one that holds the header, as in Node and to the same pixels. Runs in the
 * calling thread; call it in a worker.
 *
 * @throws as `decode` of `ddpm-codec`
 */
export async function decode(bytes: Uint8Array, options: BrowserDecodeOptions): Promise<BrowserDecoded> {
  const { rest, openEngine } = withModel(options);
  const { run } = await prepareDecode(bytes, rest, BROWSER);
  return drawable(await run(openEngine));
}

/**
 * Decodes a stream while its bytes arrive; yields a frame after each layer.
 *
 * @param source - chunks of a `.ddpm` stream, such as the `body` of a response
 * @throws as `decodeProgressive` of `ddpm-codec`
 */
export function decodeProgressive(
  source: ByteSource,
  options: BrowserRunOptions,
): AsyncGenerator<BrowserFrame, void, void> {
  const { rest, openEngine } = withModel(options);
  return decodeArriving(source, rest, { platform: BROWSER, openEngine }, drawable<Frame>);
}
