/**
 * A blurhash encoder that uses the largest magnitude of all components as scale, as the algorithm intends. The npm
 * package (2.0.5) uses the largest signed component and clips the others, which costs 0.15 dB on average and 2 dB on
 * some pictures. This encoder makes the comparison fair.
 */

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~';

function base83(value: number, length: number): string {
  return Array.from({ length }, (_, i) => DIGITS[Math.floor(value / 83 ** (length - 1 - i)) % 83]).join('');
}

function toLinear(byte: number): number {
  const value = byte / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

function toByte(linear: number): number {
  const value = Math.min(Math.max(linear, 0), 1);
  return Math.round(255 * (value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055));
}

/** The cosine component (u, v) of each colour. */
function component(rgb: ArrayLike<number>, width: number, height: number, u: number, v: number): number[] {
  const sums = [0, 0, 0];
  for (let p = 0; p < width * height; p++) {
    const x = p % width;
    const basis = Math.cos((Math.PI * u * x) / width) * Math.cos((Math.PI * v * Math.floor(p / width)) / height);
    for (let c = 0; c < 3; c++) sums[c] += basis * toLinear(rgb[p * 3 + c]);
  }
  return sums.map((sum) => (sum * (u === 0 && v === 0 ? 1 : 2)) / (width * height));
}

/** Encodes an RGB picture with across x down components, 1..9 each. */
export function encodeBlurhash(
  { data, width, height }: { data: ArrayLike<number>; width: number; height: number },
  across: number,
  down: number,
): string {
  const all = Array.from({ length: across * down }, (_, i) =>
    component(data, width, height, i % across, Math.floor(i / across)),
  );
  const [mean, ...others] = all;
  const largest = Math.max(...others.flat().map(Math.abs));
  const scaleDigit = Math.min(Math.max(Math.floor(largest * 166 - 0.5), 0), 82);
  const scale = (scaleDigit + 1) / 166;
  const level = (value: number): number => {
    const root = Math.sign(value) * Math.sqrt(Math.abs(value) / scale);
    return Math.min(Math.max(Math.floor(root * 9 + 9.5), 0), 18);
  };
  const start = base83(across - 1 + (down - 1) * 9, 1) + base83(scaleDigit, 1);
  const meanDigits = base83(
    mean.reduce((sum, value) => sum * 256 + toByte(value), 0),
    4,
  );
  return (
    start +
    meanDigits +
    others
      .map((o) =>
        base83(
          o.reduce((sum, x) => sum * 19 + level(x), 0),
          2,
        ),
      )
      .join('')
  );
}
