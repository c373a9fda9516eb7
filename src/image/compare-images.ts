/** Compares two pictures. */
import { type Distortion, distortion, distortionOf } from './distortion.ts';
import { fillHidden } from './hidden-colour.ts';
import { type ColourImage, type RawImage, type SplitImage, splitAlpha } from './raw-image.ts';
import { assertSameShape, type Similarity, structuralSimilarity } from './structural-similarity.ts';

/** Result of `compareImages`. */
export interface Comparison extends Distortion, Similarity {
  /** Root mean squared difference of alpha, 0..255; null for pictures without alpha. */
  readonly alphaRmse: number | null;
}

/** Which pixels can be seen in one picture or the other, one byte each; undefined: all. */
function visiblePixels(a: SplitImage, b: SplitImage): Uint8Array | undefined {
  const [first, second] = [a.alpha, b.alpha];
  if (!(first && second)) return undefined;
  const seen = first.map((alpha, i) => alpha | second[i]);
  return seen.includes(0) ? seen : undefined;
}

/** The samples of the pixels that can be seen. */
function visibleSamples({ data, channels }: ColourImage, seen: Uint8Array): Uint8Array {
  return Uint8Array.from(data).filter((_, i) => seen[Math.floor(i / channels)] !== 0);
}

/** Compares all samples. */
function compareAll(a: RawImage, b: RawImage): Distortion & Similarity {
  return { ...distortion(a.data, b.data), ...structuralSimilarity(a, b) };
}

/** Compares the colours of the pixels that can be seen. */
function compareVisible(a: ColourImage, b: ColourImage, seen: Uint8Array): Distortion & Similarity {
  const [first, second] = [visibleSamples(a, seen), visibleSamples(b, seen)];
  return {
    ...(first.length > 0 ? distortion(first, second) : distortionOf(0, 0)),
    ...structuralSimilarity(fillHidden(a, seen), fillHidden(b, seen), seen),
  };
}

/** Distortion of alpha. */
function alphaDistortion(a: SplitImage, b: SplitImage): Distortion {
  const { width, height } = a.colour;
  const planeOf = ({ alpha }: SplitImage): Uint8Array => alpha ?? new Uint8Array(width * height).fill(255);
  return distortion(planeOf(a), planeOf(b));
}

/**
 * Compares two pictures of the same size: squared error, PSNR, SSIM and MS-SSIM, over all colours alike. With alpha, the
 * colours of a pixel count if it can be seen in at least one of the pictures (alpha above 0), of SSIM the windows around
 * such pixels; how far alpha itself differs is `alphaRmse`.
 *
 * @throws RangeError if the pictures differ in width, height or channels; TypeError if their samples are not bytes
 */
export function compareImages(a: RawImage, b: RawImage): Comparison {
  assertSameShape(a, b);
  if (a.channels % 2 === 1) return { ...compareAll(a, b), alphaRmse: null };
  const [first, second] = [splitAlpha(a), splitAlpha(b)];
  const seen = visiblePixels(first, second);
  const compared = seen ? compareVisible(first.colour, second.colour, seen) : compareAll(first.colour, second.colour);
  return { ...compared, alphaRmse: alphaDistortion(first, second).rmse };
}
