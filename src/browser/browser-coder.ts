/** Encoder and decoder of browsers: those of src/coding, with pictures for a canvas. */
import type { Size } from '../codec/grid/geometry.ts';
import { parsePlaceholder } from '../codec/placeholder/placeholder-stream.ts';
import type { ByteSource } from '../coding/decoder/arriving-bytes.ts';
import type { DecodeOptions } from '../coding/decoder/decode-options.ts';
import { type Decoded, prepareDecode } from '../coding/decoder/decoder.ts';
import { decodeArriving, type Frame, type ProgressiveOptions } from '../coding/decoder/progressive-decoder.ts';
import type { EncodeOptions } from '../coding/encoder/encode-options.ts';
import { type Encoded, prepareEncode } from '../coding/encoder/encoder.ts';
import type { OpenEngine } from '../coding/engine.ts';
import { decodePlaceholder } from '../coding/placeholder-coder.ts';
import type { RawImage } from '../image/raw-image.ts';
import type { Model } from '../model/denoiser.ts';
import type { Painted } from './browser-calls.ts';
import { BROWSER } from './browser-platform.ts';

/** The pixels as RGBA; opaque where there is no alpha. */
function rgbaOf({ data, channels }: Pick<RawImage, 'data' | 'channels'>): Painted['rgba'] {
  const pixels = data.length / channels;
  const rgba = new Uint8ClampedArray(pixels * 4);
  const [green, blue] = channels <= 2 ? [0, 0] : [1, 2];
  const alpha = channels % 2 === 0 ? channels - 1 : undefined;
  for (let p = 0; p < pixels; p++) {
    const from = p * channels;
    const to = p * 4;
    rgba[to] = data[from];
    rgba[to + 1] = data[from + green];
    rgba[to + 2] = data[from + blue];
    rgba[to + 3] = alpha === undefined ? 255 : data[from + alpha];
  }
  return rgba;
}

/** Adds the pixels as RGBA. */
function painted<T extends Pick<Frame, 'data'> & { readonly info: Pick<Frame['info'], 'channels'> }>(
  picture: T,
): T & Painted {
  return { ...picture, rgba: rgbaOf({ data: picture.data, channels: picture.info.channels }) };
}

/** Encodes in this thread. */
export async function encodeHere(image: RawImage, options: EncodeOptions, openEngine: OpenEngine): Promise<Encoded> {
  const { run } = await prepareEncode(async () => image, options, BROWSER);
  return run(openEngine);
}

/** Decodes in this thread. */
export async function decodeHere(
  bytes: Uint8Array,
  options: DecodeOptions,
  openEngine: OpenEngine,
): Promise<Decoded & Painted> {
  const { run } = await prepareDecode(bytes, options, BROWSER);
  return painted(await run(openEngine));
}

/** Decodes a placeholder in this thread. */
export async function decodePlaceholderHere(
  bytes: Uint8Array,
  model: Promise<Model>,
  signal: AbortSignal | undefined,
): Promise<Painted & Size> {
  const parsed = parsePlaceholder(bytes);
  const { width, height, ...picture } = await decodePlaceholder(parsed, await model, signal);
  return { width, height, rgba: rgbaOf(picture) };
}

/** Decodes arriving bytes in this thread. */
export function decodeArrivingHere(
  source: ByteSource,
  options: ProgressiveOptions,
  openEngine: OpenEngine,
): AsyncGenerator<Frame & Painted, void, void> {
  return decodeArriving(source, options, { platform: BROWSER, openEngine }, painted<Frame>);
}
