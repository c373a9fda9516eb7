/**
 * Meaning of RGB or grey samples as image files state it without an ICC profile: where the primaries are, and which
 * light a sample stands for.
 */

/** CIE 1931 chromaticity coordinates x and y. */
export type Chromaticity = readonly [x: number, y: number];

/** Chromaticities of the primaries and of white. */
export interface Primaries {
  readonly white: Chromaticity;
  readonly red: Chromaticity;
  readonly green: Chromaticity;
  readonly blue: Chromaticity;
}

/**
 * Light of a sample v, both 0..1: `(a v + b)^gamma` from `d` on, and `c v` below (ICC.1:2022, section 10.18, function
 * type 3).
 */
export interface Curve {
  readonly gamma: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
}

/** Primaries and curve, with a name for people. */
export interface ColourEncoding {
  readonly name: string;
  readonly primaries: Primaries;
  readonly curve: Curve;
}

/** White of daylight, 6504 K. */
export const D65: Chromaticity = [0.3127, 0.329];

/** Primaries of sRGB and of ITU-R BT.709. */
export const BT709_PRIMARIES: Primaries = { white: D65, red: [0.64, 0.33], green: [0.3, 0.6], blue: [0.15, 0.06] };

/** The curve of sRGB (IEC 61966-2-1). */
export const SRGB_CURVE: Curve = { gamma: 2.4, a: 1 / 1.055, b: 0.055 / 1.055, c: 1 / 12.92, d: 0.04045 };

/** The curve `v^gamma`. */
export function powerCurve(gamma: number): Curve {
  return { gamma, a: 1, b: 0, c: 0, d: 0 };
}

/** Rounding of chromaticities in files: they have up to five decimals, but many programs write three. */
const SAME_CHROMATICITY = 0.001;

/** Whether two sets of primaries are equal but for the rounding of files. */
export function samePrimaries(one: Primaries, other: Primaries): boolean {
  return (['white', 'red', 'green', 'blue'] as const).every((key) =>
    one[key].every((value, axis) => Math.abs(value - other[key][axis]) <= SAME_CHROMATICITY),
  );
}

/** Whether samples of this encoding are those of sRGB; of grey samples, only the curve matters. */
export function isSrgb({ primaries, curve }: ColourEncoding, colours: 'grey' | 'rgb'): boolean {
  return curve === SRGB_CURVE && (colours === 'grey' || samePrimaries(primaries, BT709_PRIMARIES));
}

/** Whether the primaries span a triangle that has white within it, as real ones do. */
export function spanColours({ white, red, green, blue }: Primaries): boolean {
  if (![white, red, green, blue].every(([x, y]) => x >= 0 && y > 0 && x + y <= 1.2)) return false;
  const side = ([ax, ay]: Chromaticity, [bx, by]: Chromaticity, [px, py]: Chromaticity): number =>
    (bx - ax) * (py - ay) - (by - ay) * (px - ax);
  const sides = [side(red, green, white), side(green, blue, white), side(blue, red, white)];
  return sides.every((value) => value > 1e-4) || sides.every((value) => value < -1e-4);
}
