/**
 * Code points for colours (ITU-T H.273, also called CICP), which the PNG chunk cICP and the AVIF box colr (nclx) hold.
 */

import { UnsupportedImage } from '../unsupported-image.ts';
import {
  BT709_PRIMARIES,
  type Chromaticity,
  type ColourEncoding,
  type Curve,
  D65,
  type Primaries,
  powerCurve,
  SRGB_CURVE,
} from './colour-encoding.ts';

/** Code points of colour primaries and of transfer characteristics. */
export interface CodePoints {
  readonly primaries: number;
  readonly transfer: number;
}

const UNSPECIFIED = 2;

const ILLUMINANT_C: Chromaticity = [0.31, 0.316];
const SMPTE_170M: Primaries = { white: D65, red: [0.63, 0.34], green: [0.31, 0.595], blue: [0.155, 0.07] };

/** H.273, table 2. */
const PRIMARIES: ReadonlyMap<number, readonly [name: string, primaries: Primaries]> = new Map([
  [1, ['BT.709', BT709_PRIMARIES]],
  [UNSPECIFIED, ['unspecified', BT709_PRIMARIES]],
  [4, ['BT.470 M', { white: ILLUMINANT_C, red: [0.67, 0.33], green: [0.21, 0.71], blue: [0.14, 0.08] }]],
  [5, ['BT.470 BG', { white: D65, red: [0.64, 0.33], green: [0.29, 0.6], blue: [0.15, 0.06] }]],
  [6, ['SMPTE 170M', SMPTE_170M]],
  [7, ['SMPTE 240M', SMPTE_170M]],
  [8, ['film', { white: ILLUMINANT_C, red: [0.681, 0.319], green: [0.243, 0.692], blue: [0.145, 0.049] }]],
  [9, ['BT.2020', { white: D65, red: [0.708, 0.292], green: [0.17, 0.797], blue: [0.131, 0.046] }]],
  [11, ['DCI P3', { white: [0.314, 0.351], red: [0.68, 0.32], green: [0.265, 0.69], blue: [0.15, 0.06] }]],
  [12, ['Display P3', { white: D65, red: [0.68, 0.32], green: [0.265, 0.69], blue: [0.15, 0.06] }]],
  [22, ['EBU 3213', { white: D65, red: [0.63, 0.34], green: [0.295, 0.605], blue: [0.155, 0.077] }]],
]);

/** Inverse of a camera's curve `alpha v^0.45 - (alpha - 1)`, with `slope v` below `beta`. */
function cameraCurve(alpha: number, beta: number, slope: number): Curve {
  return { gamma: 1 / 0.45, a: 1 / alpha, b: (alpha - 1) / alpha, c: 1 / slope, d: slope * beta };
}

const BT709_CURVE = cameraCurve(1.099296826809442, 0.018053968510807, 4.5);
const SMPTE_240M_CURVE = cameraCurve(1.111572195921731, 0.022821585529445, 4);

/** H.273, table 3: the curves that an ICC profile can hold. */
const CURVES: ReadonlyMap<number, readonly [name: string, curve: Curve]> = new Map([
  [1, ['BT.709', BT709_CURVE]],
  [UNSPECIFIED, ['unspecified', SRGB_CURVE]],
  [4, ['gamma 2.2', powerCurve(2.2)]],
  [5, ['gamma 2.8', powerCurve(2.8)]],
  [6, ['BT.601', BT709_CURVE]],
  [7, ['SMPTE 240M', SMPTE_240M_CURVE]],
  [8, ['linear', powerCurve(1)]],
  [11, ['IEC 61966-2-4', BT709_CURVE]],
  [12, ['BT.1361', BT709_CURVE]],
  [13, ['sRGB', SRGB_CURVE]],
  [14, ['BT.2020', BT709_CURVE]],
  [15, ['BT.2020', BT709_CURVE]],
  [17, ['SMPTE 428', { ...powerCurve(2.6), a: (52.37 / 48) ** (1 / 2.6) }]],
]);

/** Names of curves that no ICC profile can hold: light beyond the white of a display, or logarithms. */
const OTHER_CURVES: ReadonlyMap<number, string> = new Map([
  [9, 'logarithmic, 100 : 1'],
  [10, 'logarithmic, 316 : 1'],
  [16, 'PQ (HDR, SMPTE ST 2084)'],
  [18, 'HLG (HDR, ARIB STD-B67)'],
]);

/**
 * The encoding that code points name; unspecified primaries or curves are those of sRGB.
 *
 * @throws UnsupportedImage with the names of the codes, if an ICC profile cannot say what they mean
 */
export function encodingOfCodePoints({ primaries, transfer }: CodePoints): ColourEncoding {
  const curve = CURVES.get(transfer);
  if (!curve) {
    const what = OTHER_CURVES.get(transfer) ?? 'unknown';
    throw new UnsupportedImage(
      `its transfer function is ${what} (code ${transfer} of H.273), which is not read; convert it to sRGB first`,
    );
  }
  const known = PRIMARIES.get(primaries);
  if (!known) {
    throw new UnsupportedImage(
      `its primaries have code ${primaries} of H.273, which is not read; convert it to sRGB or Display P3 first`,
    );
  }
  return { name: `${known[0]} primaries, ${curve[0]} curve`, primaries: known[1], curve: curve[1] };
}
