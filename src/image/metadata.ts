import type { Channels, Metadata } from './raw-image.ts';

/** A kind of metadata that can be kept. */
export type MetadataKind = keyof Metadata;

/** Which metadata to keep: all kinds, none, or those listed. */
export type MetadataChoice = 'all' | 'none' | readonly MetadataKind[];

const KINDS: readonly MetadataKind[] = ['icc', 'exif', 'xmp'];

/**
 * The kinds of metadata that a choice keeps.
 *
 * @throws TypeError if the choice is not valid
 */
export function kindsOf(choice: MetadataChoice): ReadonlySet<MetadataKind> {
  if (choice === 'all') return new Set(KINDS);
  if (choice === 'none') return new Set();
  if (Array.isArray(choice) && choice.every((kind) => KINDS.includes(kind))) return new Set(choice);
  throw new TypeError(`"metadata" expected all, none or a list of ${KINDS.join(', ')}, got ${JSON.stringify(choice)}`);
}

/** Colours that an ICC profile describes, by the data colour space field of its header (ICC.1:2022, section 7.2.8). */
export function iccColours(icc: Uint8Array): 'grey' | 'rgb' | 'other' {
  const signature = String.fromCharCode(...icc.subarray(16, 20));
  if (signature === 'GRAY') return 'grey';
  return signature === 'RGB ' ? 'rgb' : 'other';
}

/** Whether an ICC profile is for the colours of a picture: 1 and 2 channels are grey, 3 and 4 are RGB. */
export function fitsChannels(icc: Uint8Array, channels: Channels): boolean {
  return iccColours(icc) === (channels <= 2 ? 'grey' : 'rgb');
}

const EXIF_PREFIX = [0x45, 0x78, 0x69, 0x66, 0, 0];
const ORIENTATION_TAG = 0x0112;

/**
 * EXIF for a picture that has been turned upright: a copy whose orientation tag, if there is one, is 1, and that begins
 * with the TIFF header (JPEG's prefix `Exif\0\0` is removed). Broken EXIF is returned without that change.
 */
export function uprightExif(exif: Uint8Array): Uint8Array {
  const hasPrefix = EXIF_PREFIX.every((byte, i) => exif[i] === byte);
  const bytes = new Uint8Array(exif.subarray(hasPrefix ? EXIF_PREFIX.length : 0)); // slice() of a Buffer does not copy
  const view = new DataView(bytes.buffer);
  if (bytes.length < 10 || (bytes[0] !== 0x49 && bytes[0] !== 0x4d)) return bytes;
  const isLittle = bytes[0] === 0x49;
  const directory = view.getUint32(4, isLittle);
  if (directory + 2 > bytes.length) return bytes;
  const count = view.getUint16(directory, isLittle);
  // An entry is tag, type, count and value: 12 bytes (TIFF 6.0, section 2); type 4 is LONG, the orientation is a SHORT.
  for (let i = 0, entry = directory + 2; i < count && entry + 12 <= bytes.length; i++, entry += 12) {
    if (view.getUint16(entry, isLittle) !== ORIENTATION_TAG) continue;
    if (view.getUint16(entry + 2, isLittle) === 4) view.setUint32(entry + 8, 1, isLittle);
    else view.setUint16(entry + 8, 1, isLittle);
  }
  return bytes;
}

/** XMP for a picture that has been turned upright: a copy whose `tiff:Orientation`, if there is one, is 1. */
export function uprightXmp(xmp: Uint8Array): Uint8Array {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(xmp);
  const upright = text.replace(/(\btiff:Orientation\s*(?:=\s*["']|>\s*))[2-8]/g, '$11');
  return upright === text ? new Uint8Array(xmp) : new TextEncoder().encode(upright);
}
