/**
 * Decodes the samples of an image file with sharp. Grey and RGB are as in the file, of 8 or, from all other types, of 16
 * bits; other colours are converted to sRGB of 8 bits, by their embedded profile if there is one.
 */
import type { Sharp } from 'sharp';
import type { Channels } from '../raw-image.ts';
import { UnsupportedImage } from '../unsupported-image.ts';
import { toUint16 } from './sample-types.ts';
import { aligned, type ByteSamples, type Samples, withoutColour, wordsOf } from './samples.ts';
import type { SharpModule } from './sharp-library.ts';

/** Metadata that sharp gives. */
export type SharpMetadata = Awaited<ReturnType<Sharp['metadata']>>;

/** Colours of a picture; `other` than grey and RGB, such as CMYK, must be converted. */
export type Colours = 'grey' | 'rgb' | 'other';

/** Colours by the name that libvips has for the meaning of the samples. */
export function coloursOf(space: string | undefined): Colours {
  if (space === 'b-w' || space === 'grey16') return 'grey';
  return ['srgb', 'rgb', 'rgb16', 'scrgb'].includes(space ?? '') ? 'rgb' : 'other';
}

/** The file to decode. */
export interface DecodeTask {
  readonly sharp: SharpModule;
  readonly bytes: Uint8Array;
  readonly header: SharpMetadata;
  /** Most pixels. */
  readonly limit: number;
}

/** Decodes the samples, upright: EXIF orientation is applied. */
export async function decodeSamples(task: DecodeTask): Promise<Samples> {
  const { space, depth, hasAlpha } = task.header;
  const colours = coloursOf(space);
  if (colours === 'other') return byteSamples(open(task, { ignoreIcc: false }).toColourspace('srgb'));
  if (depth === 'uchar') {
    // For grey with alpha, sharp's raw b-w output would have the first channel only, without alpha.
    if (colours === 'grey' && hasAlpha) return withoutColour(await byteSamples(open(task).toColourspace('srgb')));
    return byteSamples(open(task).toColourspace(colours === 'grey' ? 'b-w' : 'srgb'));
  }
  if (depth === 'ushort') return shortSamples(task);
  if (space === 'b-w' && hasAlpha) {
    return interleaved(await numberSamples(task, 0), await numberSamples(task, 1));
  }
  return numberSamples(task);
}

/** A pipeline that reads the file. */
function open({ sharp, bytes, limit }: DecodeTask, { ignoreIcc } = { ignoreIcc: true }): Sharp {
  // failOn 'warning', sharp's default: libjpeg reports damaged entropy-coded data only as a warning.
  return sharp(bytes, { failOn: 'warning', limitInputPixels: limit, autoOrient: true, ignoreIcc });
}

/** Runs a pipeline; returns its samples as bytes, and the shape of the picture. */
async function run(pixels: Sharp, depth: 'uchar' | 'ushort' | 'double'): Promise<ByteSamples> {
  const { data, info } = await pixels.raw({ depth }).toUint8Array();
  const { width, height, channels } = info;
  if (channels > 4)
    throw new UnsupportedImage(`it has ${channels} channels; grey and RGB, with or without alpha, are read`);
  return { data, width, height, channels: channels as Channels };
}

function byteSamples(pixels: Sharp): Promise<ByteSamples> {
  return run(pixels, 'uchar');
}

async function shortsOf(pixels: Sharp): Promise<Samples & { readonly data: Uint16Array }> {
  const { data, ...shape } = await run(pixels, 'ushort');
  return { ...shape, data: wordsOf(data) };
}

async function shortSamples(task: DecodeTask): Promise<Samples> {
  const { space = 'rgb16', bitsPerSample: bits = 16 } = task.header;
  const samples = await shortsOf(open(task).toColourspace(space));
  // libvips moves the 10 or 12 bits of an AVIF to the upper end of 16 bits, where their white is not 65535.
  const white = bits < 16 ? (2 ** bits - 1) * 2 ** (16 - bits) : 65535;
  return white === 65535 ? samples : { ...samples, data: samples.data.map((v) => Math.round((v * 65535) / white)) };
}

/** Samples of a type other than unsigned integers of 8 or 16 bits. */
async function numberSamples(task: DecodeTask, channel?: 0 | 1): Promise<Samples> {
  const { space = 'srgb', depth = '' } = task.header;
  if (space === 'grey16' || space === 'rgb16') return shiftedSamples(task);
  const pixels = channel === undefined ? open(task) : open(task).extractChannel(channel);
  const { data, ...shape } = await run(pixels.toColourspace(space), 'double');
  const { buffer, byteOffset, length } = aligned(data);
  return { ...shape, data: toUint16(new Float64Array(buffer, byteOffset, length / 8), depth) };
}

/**
 * Samples that libvips takes for unsigned integers of 16 bits, and would cut to them, though their type is another:
 * before, they are moved and scaled to lie in that range, with room for floats that are beyond theirs.
 */
async function shiftedSamples(task: DecodeTask): Promise<Samples> {
  const { space = 'grey16', depth = '', channels } = task.header;
  const [scale, offset] = depth === 'short' ? [1, 32768] : [16384, 16384];
  const all = (value: number): number[] => new Array<number>(channels).fill(value);
  const pixels = open(task).linear(all(scale), all(offset));
  const { data, ...shape } = await shortsOf(pixels.toColourspace(space));
  const values = Float64Array.from(data, (v) => (v - offset) / scale);
  return { ...shape, data: toUint16(values, depth) };
}

/** Grey and alpha from two pictures of one channel. */
function interleaved(grey: Samples, alpha: Samples): Samples {
  const data = new Uint16Array(grey.data.length * 2);
  for (let i = 0; i < grey.data.length; i++) {
    data[i * 2] = grey.data[i];
    data[i * 2 + 1] = alpha.data[i];
  }
  return { ...grey, data, channels: 2 };
}
