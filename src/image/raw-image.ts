/**
 * Pixels in memory: the library's input and output, checks of them, and functions that split and join colour and alpha.
 */
import { checkChoice, checkNumber, formatValue } from '../base/check-options.ts';

/** Pixels, 8 bits a sample, interleaved, rows from the top: sharp's raw format, and ImageData for 4 channels. */
export interface RawImage {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  /** 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA. */
  readonly channels: Channels;
  readonly metadata?: Metadata;
}

/** Channels of a picture: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA. */
export type Channels = 1 | 2 | 3 | 4;

/** Metadata of an image file, as bytes that the codec does not change. */
export interface Metadata {
  /** ICC colour profile of the pixels. */
  readonly icc?: Uint8Array;
  readonly exif?: Uint8Array;
  readonly xmp?: Uint8Array;
}

/** Pixels without alpha. */
export interface ColourImage {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
}

/** Colour and alpha of a picture, separated. */
export interface SplitImage {
  readonly colour: ColourImage;
  /** One byte a pixel; null if there is no alpha. */
  readonly alpha: Uint8Array | null;
}

/**
 * Checks an image: types, ranges, and that the number of samples fits the size.
 *
 * @throws TypeError or RangeError if it is not valid
 */
export function checkRawImage(image: RawImage): void {
  const fields = ['data', 'width', 'height', 'channels'] as const;
  if (typeof image !== 'object' || image === null || fields.every((field) => image[field] === undefined)) {
    throw new TypeError(`"image" expected {data, width, height, channels}, got ${formatValue(image)}`);
  }
  for (const field of fields) {
    if (image[field] === undefined) throw new TypeError(`"${field}" expected in the image, got undefined`);
  }
  checkNumber('width', image.width, { min: 1, max: 2 ** 31 - 1, integer: true });
  checkNumber('height', image.height, { min: 1, max: 2 ** 31 - 1, integer: true });
  checkChoice('channels', image.channels, [1, 2, 3, 4]);
  if (!(image.data instanceof Uint8Array || image.data instanceof Uint8ClampedArray)) {
    throw new TypeError(`"data" expected Uint8Array or Uint8ClampedArray, got ${formatValue(image.data)}`);
  }
  const expected = image.width * image.height * image.channels;
  if (image.data.length !== expected) {
    const size = `${image.width} x ${image.height} x ${image.channels}`;
    throw new RangeError(`"data" expected ${expected} samples (${size}), got ${image.data.length}`);
  }
}

/** Separates colour and alpha; alpha that is opaque everywhere is dropped. */
export function splitAlpha({ data, width, height, channels }: RawImage): SplitImage {
  if (channels === 1 || channels === 3) return { colour: { data, width, height, channels }, alpha: null };
  const colours = channels === 4 ? 3 : 1;
  const pixels = width * height;
  const colour = new Uint8Array(pixels * colours);
  const alpha = new Uint8Array(pixels);
  let opaque = true;
  for (let p = 0; p < pixels; p++) {
    for (let c = 0; c < colours; c++) colour[p * colours + c] = data[p * channels + c];
    alpha[p] = data[p * channels + colours];
    opaque &&= alpha[p] === 255;
  }
  return { colour: { data: colour, width, height, channels: colours }, alpha: opaque ? null : alpha };
}

/** Joins colour and alpha to interleaved pixels; returns them and the number of channels. */
export function joinAlpha({ data, channels }: ColourImage, alpha: Uint8Array | null): [Uint8Array, Channels] {
  if (!alpha) return [new Uint8Array(data.buffer, data.byteOffset, data.length), channels];
  const out = new Uint8Array(alpha.length * (channels + 1));
  for (let p = 0; p < alpha.length; p++) {
    for (let c = 0; c < channels; c++) out[p * (channels + 1) + c] = data[p * channels + c];
    out[p * (channels + 1) + channels] = alpha[p];
  }
  return [out, channels === 3 ? 4 : 2];
}
