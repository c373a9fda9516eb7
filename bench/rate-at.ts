/** Rates of a codec at a quality, between the points that were measured. */

/** Rate in bits per pixel and PSNR in dB. */
export interface RatePoint {
  readonly rate: number;
  readonly psnr: number;
}

/** Rate in bits per pixel at a PSNR, interpolated log-linearly; null if no point, or the first one, reaches that PSNR. */
export function rateAt(points: readonly RatePoint[], psnr: number): number | null {
  const above = points.findIndex((point) => point.psnr >= psnr);
  if (above < 1) return null;
  const [a, b] = [points[above - 1], points[above]];
  const share = (psnr - a.psnr) / (b.psnr - a.psnr);
  return Math.exp((1 - share) * Math.log(a.rate) + share * Math.log(b.rate));
}
