import type { RawImage } from './raw-image.ts';

/** The input pixels that an output pixel covers along one side: number of the first, and the share of each. */
interface Coverage {
  readonly first: number;
  readonly shares: readonly number[];
}

/** Coverage of each output pixel: pixel i covers [i * from / to, (i + 1) * from / to) of the input. */
function coverages(from: number, to: number): Coverage[] {
  return Array.from({ length: to }, (_, i) => {
    const start = (i * from) / to;
    const end = ((i + 1) * from) / to;
    const first = Math.min(Math.floor(start), from - 1);
    const last = Math.max(Math.min(Math.ceil(end), from) - 1, first);
    const shares = Array.from({ length: last - first + 1 }, (_, j) => {
      const covered = Math.min(first + j + 1, end) - Math.max(first + j, start);
      return (covered * to) / from;
    });
    return { first, shares };
  });
}

/** Writes the colours of a pixel over white, as RGB, to `out`. */
function overWhite({ data, channels }: RawImage, pixel: number, out: Float64Array): void {
  const at = pixel * channels;
  const coloured = channels >= 3;
  const alpha = channels === 2 || channels === 4 ? data[at + channels - 1] / 255 : 1;
  for (let c = 0; c < 3; c++) out[c] = 255 + alpha * (data[at + (coloured ? c : 0)] - 255);
}

/** Adds a row of the image, averaged along the row and times `share`, to the sums of an output row. */
function addRow(image: RawImage, y: number, share: number, columns: readonly Coverage[], sums: Float64Array): void {
  const colours = new Float64Array(3);
  columns.forEach(({ first, shares }, i) => {
    shares.forEach((columnShare, j) => {
      overWhite(image, y * image.width + first + j, colours);
      for (let c = 0; c < 3; c++) sums[i * 3 + c] += share * columnShare * colours[c];
    });
  });
}

/**
 * Resizes an image to RGB: each pixel is the mean of the area that it covers, of the 8-bit values without
 * linearisation. Alpha is laid over white, grey becomes RGB.
 *
 * @param size - in pixels, at least 1 x 1
 */
export function areaAverage(image: RawImage, size: { width: number; height: number }): RawImage {
  const { width, height } = size;
  const columns = coverages(image.width, width);
  const data = new Uint8Array(width * height * 3);
  coverages(image.height, height).forEach(({ first, shares }, row) => {
    const sums = new Float64Array(width * 3);
    shares.forEach((share, j) => {
      addRow(image, first + j, share, columns, sums);
    });
    for (let i = 0; i < sums.length; i++) data[row * width * 3 + i] = Math.round(sums[i]);
  });
  return { data, width, height, channels: 3 };
}
