/** Numbers as the app writes them. */

const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** A number of bytes, exactly: `12,345 bytes`. */
export function exactBytes(bytes: number): string {
  return `${WHOLE.format(bytes)} ${bytes === 1 ? 'byte' : 'bytes'}`;
}

/** A number of bytes in at most three digits: `12.3 kB`. */
export function shortBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const [value, unit] = bytes < 1e6 ? [bytes / 1e3, 'kB'] : [bytes / 1e6, 'MB'];
  return `${value < 99.95 ? Number(value.toPrecision(3)) : WHOLE.format(value)} ${unit}`;
}

export function decibels(psnr: number, digits = 2): string {
  return psnr === Number.POSITIVE_INFINITY ? 'exact' : `${psnr.toFixed(digits)} dB`;
}

export function bitsPerPixel(bpp: number): string {
  return `${bpp < 0.1 ? bpp.toFixed(4) : bpp.toFixed(2)} bpp`;
}

/** An estimate of a length of time: `about 4 s`, `about 2 min`. */
export function aboutDuration(seconds: number): string {
  return seconds < 1 ? duration(seconds) : `about ${duration(seconds)}`;
}

/** A length of time in plain words: `4 s`, `2 min`. */
export function duration(seconds: number): string {
  if (seconds < 1) return 'less than 1 s';
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return `${Math.round(seconds / 60)} min`;
}
