/**
 * Pictures of a reduced size: how far a stream must be decoded for them, and how they are made of a walk's state.
 * docs/design/codec.md, section 7, "Reduced size".
 */
import { checkNumber } from '../../base/check-options.ts';
import type { Header } from '../../codec/format/header.ts';
import type { LadderStep } from '../../codec/format/noise-ladder.ts';
import type { StreamStart } from '../../codec/format/stream-parser.ts';
import { coarsestLevel, type Size } from '../../codec/grid/geometry.ts';
import type { Picture } from '../../codec/grid/picture.ts';
import { doubledRows, type Plane } from '../../codec/grid/plane.ts';
import { AreaAverage } from '../../image/area-average.ts';
import { type Box, fitInside } from '../../image/fit-inside.ts';

/** Names of the options of {@link Box}, for the check of unknown keys. */
export const BOX_KEYS: readonly string[] = ['maxWidth', 'maxHeight'];

/** Largest side of a box, as of a picture. */
const MAX_SIDE = 2 ** 31 - 1;

/**
 * Least number of a level's pixels along a side for each pixel of a picture that is made of it. Levels above 0 are left
 * with noise, so that a picture of as many pixels would be blurred; of a level of at most SMALL_LEVEL pixels, which takes
 * little time, there must be more.
 */
const PIXELS_OF_LEVEL = 1.5;
const PIXELS_OF_SMALL_LEVEL = 2;
const SMALL_LEVEL = 2 ** 17;

/**
 * Weight of pixels with alpha 0, of 255: where nothing else is, their colours are kept, so that who blends the picture
 * with its neighbours finds no dark ones.
 */
const HIDDEN_WEIGHT = 1e-3;

/**
 * Checks the options.
 *
 * @throws TypeError or RangeError for a wrong one
 */
export function checkBox({ maxWidth, maxHeight }: Box): void {
  checkNumber('maxWidth', maxWidth, { min: 1, max: MAX_SIDE, integer: true });
  checkNumber('maxHeight', maxHeight, { min: 1, max: MAX_SIDE, integer: true });
}

/** A picture to be made of a part of the pyramid. */
export interface ReducedSize extends Size {
  /** The finest pyramid level that is needed; 0 if the picture is not reduced. */
  readonly level: number;
  /** The size of the coded picture. */
  readonly full: Size;
  /** False: the picture has its full size. */
  readonly isReduced: boolean;
  /**
   * The level whose states are denoised at half their resolution: the finest one, unless the pyramid begins or ends with it,
   * or its code values depend on the exact posterior.
   */
  readonly halvedLevel: number | undefined;
}

/** What the picture of a stream that fits into a box needs. */
export function reducedSize(header: Pick<Header, 'width' | 'height' | 'flat' | 'dithered'>, box: Box): ReducedSize {
  const full = { width: header.width, height: header.height };
  const size = fitInside(full, box);
  const isReduced = size.width < full.width || size.height < full.height;
  const [long, reducedLong] = full.width > full.height ? [full.width, size.width] : [full.height, size.height];
  const coarsest = isReduced ? coarsestLevel(header) : 0;
  /** Whether a level is enough. */
  const suffices = (l: number): boolean => {
    const isSmall = (full.width * full.height) / 4 ** l <= SMALL_LEVEL / 4;
    return 2 ** l * (isSmall ? PIXELS_OF_SMALL_LEVEL : PIXELS_OF_LEVEL) * reducedLong <= long;
  };
  let level = 0;
  while (level < coarsest && suffices(level + 1)) level++;
  const canDrift = !header.dithered && level > 0 && level < coarsest;
  return { ...size, level, full, isReduced, halvedLevel: canDrift ? level : undefined };
}

/** Number of a stream's layers that a picture needs: those of its level and of the coarser ones. */
export function neededLayers(steps: readonly LadderStep[], { level }: Pick<ReducedSize, 'level'>): number {
  return steps.filter((step) => step.level >= level).length;
}

/** Whether a picture of that size is made of the tail, if the stream has one. */
export function usesTail({ tail }: Pick<Header, 'tail'>, { level }: Pick<ReducedSize, 'level'>): boolean {
  return tail === true && level === 0;
}

/** Whether a picture needs less than the whole stream: not all layers, or no tail though there is one. */
export function needsLess(
  { header, steps }: Pick<StreamStart, 'header' | 'steps'>,
  size: Pick<ReducedSize, 'level'>,
): boolean {
  return neededLayers(steps, size) < steps.length || (header.tail === true && !usesTail(header, size));
}

/** Samples in grey levels, 0..255, row by row. */
interface GreyLevels {
  /** Size of the picture; fractions where the last column or row belongs to it in part. */
  readonly extent: Size;
  readonly channels: 1 | 3;
  /** Writes the samples of row `y` to `out`: `stride` apart, `channels` for each of `count` pixels. */
  copyRow(y: number, count: number, out: Float64Array, stride: number): void;
}

/** The grey level of a sample x; estimates beyond black and white are cut, as in a picture. */
function greyLevel(x: number): number {
  return Math.min(Math.max((x + 1) * 127.5, 0), 255);
}

/** The samples of a denoised plane, enlarged to the level that is needed. */
function samplesOfPlane(mean: Plane, from: number, { level, full }: ReducedSize, channels: 1 | 3): GreyLevels {
  const rows = doubledRows(mean, from - level);
  const extent = { width: full.width / 2 ** level, height: full.height / 2 ** level };
  const copyRow: GreyLevels['copyRow'] = (y, count, out, stride) => {
    const row = rows.row(y);
    for (let x = 0, at = 0; x < count; x++, at += 3) {
      if (channels === 1) out[x * stride] = greyLevel((row[at] + row[at + 1] + row[at + 2]) / 3);
      else for (let c = 0; c < 3; c++) out[x * stride + c] = greyLevel(row[at + c]);
    }
  };
  return { extent, channels, copyRow };
}

/** The samples of a whole picture. */
function samplesOfPicture({ data, width, height, channels }: Picture): GreyLevels {
  const copyRow: GreyLevels['copyRow'] = (y, count, out, stride) => {
    for (let x = 0, at = y * width * channels; x < count; x++, at += channels) {
      for (let c = 0; c < channels; c++) out[x * stride + c] = data[at + c];
    }
  };
  return { extent: { width, height }, channels, copyRow };
}

/**
 * Averages samples over the area of each pixel.
 *
 * @param alpha - weights of the colours, a byte for each pixel of the samples, those cut by the extent included
 */
function averaged(samples: GreyLevels, alpha: Uint8Array | null, { width, height }: Size): Picture {
  const { extent, channels } = samples;
  const stride = channels + (alpha ? 1 : 0);
  const data = new Uint8ClampedArray(width * height * channels);
  const average = new AreaAverage(extent, { width, height }, stride, (row, y) => {
    for (let x = 0, at = y * width * channels; x < width; x++, at += channels) {
      const weight = alpha ? row[x * stride + channels] : 1;
      for (let c = 0; c < channels; c++) data[at + c] = row[x * stride + c] / weight;
    }
  });
  const count = Math.ceil(extent.width);
  const row = new Float64Array(count * stride);
  for (let y = 0; y < extent.height; y++) {
    samples.copyRow(y, count, row, stride);
    if (alpha) weighRow(row, alpha.subarray(y * count, (y + 1) * count), channels);
    average.add(row);
  }
  return { data: new Uint8Array(data.buffer), width, height, channels };
}

/** Multiplies the colours of a row by the weights that follow from alpha, and sets the weights behind them. */
function weighRow(row: Float64Array, alpha: Uint8Array, channels: number): void {
  const stride = channels + 1;
  for (let x = 0; x < alpha.length; x++) {
    const weight = alpha[x] + HIDDEN_WEIGHT;
    for (let c = 0; c < channels; c++) row[x * stride + c] *= weight;
    row[x * stride + channels] = weight;
  }
}

/**
 * A reduced picture of a denoised plane.
 *
 * @param mean - on the canvas of level `from`
 * @param alpha - one byte for each pixel of the level of `size`; null if there is none
 */
export function reducedPlane(
  mean: Plane,
  from: number,
  size: ReducedSize,
  channels: 1 | 3,
  alpha: Uint8Array | null,
): Picture {
  return averaged(samplesOfPlane(mean, from, size, channels), alpha, size);
}

/**
 * A reduced picture of one of the full size.
 *
 * @param alpha - one byte a pixel; null if there is none
 */
export function reducedPicture(picture: Picture, size: Size, alpha: Uint8Array | null): Picture {
  return averaged(samplesOfPicture(picture), alpha, size);
}
