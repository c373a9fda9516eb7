/** Other codecs whose files can be cut: progressive JPEG and progressive JPEG XL, and what they give for the first bytes of a file. */
import { readFileSync } from 'node:fs';
import type { RawImage } from 'ddpm-codec';
import { initSync, JxlImage } from 'jxl-oxide-wasm';
import sharp from 'sharp';
import { PROGRESSIVE_JXL, RIVALS, type Rival } from '#dist/benchmark/codecs/rivals.js';

/** A codec whose files are cut. */
export interface CutRival {
  readonly name: 'jpeg' | 'jxl';
  /** Name in plots and tables. */
  readonly label: string;
  /** Makes whole files. */
  readonly rival: Rival;
  /** The picture (RGB) that the first bytes of a file give; undefined if these are too few for any. */
  decodePrefix(bytes: Uint8Array): Promise<RawImage | undefined>;
}

/** Reads an image file as RGB; of a cut file what is there. */
async function rgbOf(bytes: Uint8Array): Promise<RawImage> {
  const { data, info } = await sharp(bytes, { failOn: 'none' })
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data: new Uint8Array(data), width: info.width, height: info.height, channels: 3 };
}

/** The text of whatever was thrown; jxl-oxide throws strings. */
function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Bytes by which sharp knows a JPEG. */
const JPEG_SIGNATURE_BYTES = 3;

/** libjpeg (in sharp) decodes a cut file as far as it goes; samples of which nothing has come are grey. */
async function decodeJpegPrefix(bytes: Uint8Array): Promise<RawImage | undefined> {
  if (bytes.length < JPEG_SIGNATURE_BYTES) return undefined;
  try {
    return await rgbOf(bytes);
  } catch (error) {
    if (/premature end of JPEG/.test(messageOf(error))) return undefined;
    throw error;
  }
}

let jxlLoaded = false;

/**
 * jxl-oxide shows what has been fed to it. `@jsquash/jxl`, which makes the files, decodes whole files only: libjxl would have
 * to be asked for the picture so far, and the package does not.
 */
async function decodeJxlPrefix(bytes: Uint8Array): Promise<RawImage | undefined> {
  if (!jxlLoaded) initSync({ module: readFileSync(new URL(import.meta.resolve('jxl-oxide-wasm/module.wasm'))) });
  jxlLoaded = true;
  const image = new JxlImage();
  image.forceSrgb = true;
  try {
    image.feedBytes(bytes);
    if (!image.tryInit()) return undefined;
    return await rgbOf(image.render().encodeToPng()); // which also frees the rendered picture
  } catch (error) {
    if (/incomplete/.test(messageOf(error))) return undefined;
    throw error;
  } finally {
    image.free();
  }
}

/** The rival of a format. */
export function rivalOf(format: Rival['format']): Rival {
  const found = RIVALS.find((rival) => rival.format === format);
  if (!found) throw new Error(`no rival ${format}`);
  return found;
}

/** The codecs whose files are cut. */
export const CUT_RIVALS: readonly CutRival[] = [
  { name: 'jpeg', label: 'progressive JPEG, cut', rival: rivalOf('jpeg'), decodePrefix: decodeJpegPrefix },
  { name: 'jxl', label: 'progressive JPEG XL, cut', rival: PROGRESSIVE_JXL, decodePrefix: decodeJxlPrefix },
];
