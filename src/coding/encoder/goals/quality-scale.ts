/**
 * The scale of the option `quality`: that of WebP in sharp. Knots: the noise index at which the mean PSNR of 12 Kodak photographs is
 * that of WebP at the quality (sharp 0.35, its other options as they are); `npm run bench:quality` measures how far they agree.
 */
const KNOTS: readonly (readonly [quality: number, index: number])[] = [
  [0, -292],
  [10, -441],
  [20, -534],
  [30, -610],
  [40, -679],
  [50, -739],
  [60, -788],
  [70, -838],
  [75, -865],
  [80, -950],
  [85, -1042],
  [90, -1158],
  [95, -1306],
  // Above it WebP gets no better, since it halves the resolution of colour.
  [100, -1486],
];

/**
 * Noise index of the full-size image at which the layers of a quality end.
 *
 * @param quality - 0..100
 */
export function qualityIndex(quality: number): number {
  const upper = Math.max(
    KNOTS.findIndex(([knot]) => knot >= quality),
    1,
  );
  const [[low, from], [high, to]] = [KNOTS[upper - 1], KNOTS[upper]];
  return Math.round(from + ((quality - low) / (high - low)) * (to - from));
}
