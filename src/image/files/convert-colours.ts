/** Conversion of pixels from their ICC profile to sRGB, by LittleCMS in sharp. */
import { fitsChannels } from '../metadata.ts';
import type { RawImage } from '../raw-image.ts';
import { pngCarrier, spaceOf } from './png-carrier.ts';
import { type Samples, toBytes, withoutColour, wordsOf } from './samples.ts';
import { loadSharp } from './sharp-library.ts';

/**
 * Converts samples from an ICC profile to sRGB; grey stays grey. The profile must be for their colours.
 *
 * @returns samples of 8 or 16 bits; unchanged if the profile is broken
 * @throws DdpmError `ERR_DDPM_DEPENDENCY` if sharp is missing
 */
export async function convertToSrgb(samples: Samples, icc: Uint8Array): Promise<Samples> {
  if (samples.channels <= 2 || samples.data instanceof Uint8Array) return transform(samples, icc);
  // With 16 bits of RGB, LittleCMS interpolates between 33 colours a side unless the curves are straight, and is off by
  // up to 12 levels at the edge of the gamut. So it gets 8 bits where they are enough.
  return transform((await needsWords(icc)) ? samples : toBytes(samples), icc);
}

/** Most grey levels of sRGB from one value of 8 bits to the next that 8 bits are taken to be enough for. */
const FINE_STEP = 2;

/** Whether 8 bits in a profile's colours are too coarse in the dark, as where samples are proportional to light. */
async function needsWords(icc: Uint8Array): Promise<boolean> {
  const ramp = Uint8Array.from({ length: 256 * 3 }, (_, i) => i / 3);
  const { data } = await transform({ data: ramp, width: 256, height: 1, channels: 3 }, icc);
  return data.some((value, i) => i >= 3 && value - data[i - 3] > FINE_STEP);
}

/** Converts with as many bits as the samples have. */
async function transform(samples: Samples, icc: Uint8Array): Promise<Samples> {
  const sharp = await loadSharp();
  const carrier = sharp(await pngCarrier(samples, { icc }, sharp), { limitInputPixels: false, ignoreIcc: true });
  const depth = samples.data instanceof Uint16Array ? 'ushort' : 'uchar';
  const { data, info } = await carrier
    .toColourspace(spaceOf(samples)) // so that sharp does not convert before the profile does
    .withIccProfile('srgb', { attach: false })
    .raw({ depth })
    .toUint8Array();
  const converted = {
    ...samples,
    data: depth === 'uchar' ? data : wordsOf(data),
    channels: info.channels as Samples['channels'],
  };
  // A profile of grey makes three channels of one.
  return samples.channels <= 2 && converted.channels > 2 ? withoutColour(converted) : converted;
}

/**
 * The same picture in sRGB, without its ICC profile. A profile that is not for the picture's channels is dropped without
 * a conversion, as it does not describe them.
 *
 * @throws as {@link convertToSrgb}
 */
export async function imageToSrgb(image: RawImage): Promise<RawImage> {
  const { icc, ...rest } = image.metadata ?? {};
  if (!icc) return image;
  const metadata = Object.keys(rest).length > 0 ? { metadata: rest } : {};
  const { width, height, channels } = image;
  const data = new Uint8Array(image.data.buffer, image.data.byteOffset, image.data.length);
  const plain = { data, width, height, channels, ...metadata };
  if (!fitsChannels(icc, channels)) return plain;
  return { ...plain, ...toBytes(await convertToSrgb(plain, icc)) };
}
