/** What a TIFF file says of its samples and sharp does not, and which kinds it would read wrong. */

import { UnsupportedImage } from '../unsupported-image.ts';
import type { FileDescription } from './file-description.ts';
import { TIFF_TAG, tiffTags } from './tiff-tags.ts';

/** Values of the tag PhotometricInterpretation (TIFF 6.0, section 8 and part 2). */
const PHOTOMETRIC: ReadonlyMap<number, string> = new Map([
  [0, 'WhiteIsZero'],
  [1, 'BlackIsZero'],
  [2, 'RGB'],
  [3, 'palette'],
  [5, 'CMYK'],
  [6, 'YCbCr'],
]);
/** Names of those that are refused: libvips cannot read them, or its colours differ from those of other programs. */
const OTHER_PHOTOMETRIC: ReadonlyMap<number, string> = new Map([
  [4, 'a transparency mask'],
  [8, 'CIELAB'],
  [9, 'ICCLAB'],
  [10, 'ITULAB'],
  [32803, 'those of a sensor (CFA)'],
  [32844, 'LogL'],
  [32845, 'LogLuv'],
  [34892, 'linear raw'],
]);
const [WHITE_IS_ZERO, YCBCR] = [0, 6];
/** Values of the tag BitsPerSample that are read. */
const SAMPLE_BITS = [1, 2, 4, 8, 16, 32];
/** Value of the tag ExtraSamples. */
const ASSOCIATED_ALPHA = 1;
const JPEG_COMPRESSIONS = [6, 7];

/** Values of the tag SampleFormat (TIFF 6.0, section 19). */
const SAMPLE_FORMATS: ReadonlyMap<number, string> = new Map([
  [1, 'unsigned integers'],
  [2, 'signed integers'],
  [3, 'floating point'],
  [4, 'samples without a type'],
  [5, 'complex integers'],
  [6, 'complex numbers'],
]);
const [UNSIGNED, SIGNED, FLOAT, UNTYPED] = [1, 2, 3, 4];

/**
 * Reads the tags of the first picture.
 *
 * @throws Error if the file ends before them; UnsupportedImage if its samples are of a kind that cannot be read
 */
export function describeTiff(bytes: Uint8Array): FileDescription {
  const tags = tiffTags(bytes);
  const first = (tag: number, fallback: number): number => tags.get(tag)?.[0] ?? fallback;
  const photometric = first(TIFF_TAG.photometric, 1);
  const format = first(TIFF_TAG.sampleFormat, UNSIGNED);
  const bits = first(TIFF_TAG.bitsPerSample, 1);
  const name = PHOTOMETRIC.get(photometric);
  if (name === undefined) {
    const read = [...PHOTOMETRIC.values()].join(', ');
    const what = OTHER_PHOTOMETRIC.get(photometric) ?? 'unknown';
    throw new UnsupportedImage(`its colours are ${what} (PhotometricInterpretation ${photometric}); ${read} are read`);
  }
  if (photometric === YCBCR && !JPEG_COMPRESSIONS.includes(first(TIFF_TAG.compression, 1))) {
    throw new UnsupportedImage('its samples are YCbCr without JPEG compression, which is not read; convert it to RGB');
  }
  if (!SAMPLE_BITS.includes(bits) || ![UNSIGNED, SIGNED, FLOAT, UNTYPED].includes(format)) {
    const type = SAMPLE_FORMATS.get(format) ?? `SampleFormat ${format}`;
    throw new UnsupportedImage(
      `its samples are ${type} of ${bits} bits; integers of ${SAMPLE_BITS.join(', ')} bits and floats of 16 and 32 are read`,
    );
  }
  if (tags.get(TIFF_TAG.extraSamples)?.includes(ASSOCIATED_ALPHA) && bits === 32 && format !== FLOAT) {
    throw new UnsupportedImage(
      'its colours are multiplied by alpha, which is not read for integers of 32 bits; divide them by it',
    );
  }
  if (photometric === WHITE_IS_ZERO && format === SIGNED) {
    throw new UnsupportedImage('its samples are signed and WhiteIsZero, which is not read; convert it to BlackIsZero');
  }
  // libvips turns integers over, but not floats.
  return { turnedOver: photometric === WHITE_IS_ZERO && format === FLOAT, warnings: [] };
}
