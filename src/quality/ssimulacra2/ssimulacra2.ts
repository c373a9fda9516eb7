/** SSIMULACRA 2, a measure of how different two pictures look. */
import type { RawImage } from '../../image/raw-image.ts';
import { assertSameShape } from '../../image/structural-similarity.ts';
import { BACKGROUNDS, blended } from '../backgrounds.ts';
import { clearMemory, type Ssimulacra2Kernel, ssimulacra2Kernel } from './kernel.ts';
import { type Allocator, Scale } from './scale.ts';
import { CHANNELS, SCALES, SMALLEST_SIDE, scoreOf, weightsOf } from './score.ts';

/** Errors of structure: the mean and the 4-norm. */
const STRUCTURE = [0, 3];
/** Of addresses of rows, in bytes. */
const ALIGNMENT = 16;

/**
 * SSIMULACRA 2, version 2.1, of two sRGB pictures of 8 bits a sample (Sneyers, Cloudinary, 2023;
 * https://github.com/cloudinary/ssimulacra2): 100 for equal pictures, about 90 where a difference is hard to see side by side, 70 for
 * high, 50 for medium and 30 for low quality; below 0 for very different ones, without a bound. Takes the memory of some rows
 * besides the pictures.
 *
 * With alpha, the result is the worse one of those on a dark and on a bright background, as in the reference program. Grey is compared as R = G = B.
 *
 * @param original - the picture as it should be: errors that add detail count otherwise than those that take it away
 * @param distorted - of the same width, height and channels
 * @returns null if a side is below 8 pixels
 * @throws RangeError if the pictures differ in shape, or have another number of samples than it says; DdpmError `ERR_DDPM_BACKEND` where there is no
 *   WebAssembly with SIMD, `ERR_DDPM_LIMIT` without the memory for the rows
 */
export function ssimulacra2(original: RawImage, distorted: RawImage): number | null {
  assertSameShape(original, distorted);
  const { width, height, channels } = original;
  if (Math.min(width, height) < SMALLEST_SIDE) return null;
  if (channels % 2 === 1) return compare(original, distorted, linearTable());
  return Math.min(...BACKGROUNDS.map((background) => compare(original, distorted, blendedTable(background))));
}

/** sRGB's transfer function (IEC 61966-2-1), 0..1 to linear light. */
function toLinear(encoded: number): number {
  return encoded <= 0.04045 ? encoded / 12.92 : ((encoded + 0.055) / 1.055) ** 2.4;
}

function linearTable(): Float32Array {
  return Float32Array.from({ length: 256 }, (_, sample) => toLinear(sample / 255));
}

/** Linear light by alpha and sample. */
function blendedTable(background: number): Float32Array {
  return Float32Array.from({ length: 65_536 }, (_, i) => toLinear(blended(i & 255, i >> 8, background)));
}

/** Gives out the kernel's memory from its begin. */
class Layout implements Allocator {
  /** Bytes that were given out. */
  bytes = 0;

  take(bytes: number): number {
    const address = this.bytes;
    this.bytes += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    return address;
  }
}

/** The scales of pictures, the largest first. */
function makeScales(kernel: Ssimulacra2Kernel, allocator: Allocator, { width, height }: RawImage): Scale[] {
  const sizes = [{ width, height }];
  while (sizes.length < SCALES && Math.min(sizes[0].width, sizes[0].height) >= SMALLEST_SIDE) {
    sizes.unshift({ width: Math.ceil(sizes[0].width / 2), height: Math.ceil(sizes[0].height / 2) });
  }
  const scales: Scale[] = [];
  for (const [i, size] of sizes.entries()) {
    const withProducts = Array.from({ length: CHANNELS }, (_, channel) => {
      const weights = weightsOf(channel, sizes.length - 1 - i, sizes.length);
      return STRUCTURE.some((error) => weights[error] !== 0);
    });
    scales.unshift(new Scale(kernel, allocator, size, withProducts, scales[0]));
  }
  return scales;
}

/** @param table - linear light by sample, and by alpha if there is one */
function compare(original: RawImage, distorted: RawImage, table: Float32Array): number {
  const { width, height, channels } = original;
  const kernel = ssimulacra2Kernel();
  const layout = new Layout();
  const tableAt = layout.take(table.byteLength);
  const rowAt = layout.take(width * channels);
  const scales = makeScales(kernel, layout, original);
  clearMemory(kernel, layout.bytes);
  new Float32Array(kernel.memory.buffer, tableAt, table.length).set(table);
  const bytes = new Uint8Array(kernel.memory.buffer, rowAt, width * channels);
  const [largest] = scales;
  for (let y = 0; y < height; y++) {
    for (const [i, { data }] of [original, distorted].entries()) {
      bytes.set(data.subarray(y * bytes.length, (y + 1) * bytes.length));
      const target = largest.input + i * CHANNELS * largest.stride;
      kernel.linearRow(rowAt, channels, tableAt, target, largest.stride, width);
    }
    largest.push();
  }
  const errors = scales.map((scale) => scale.errors());
  return scoreOf(Array.from({ length: CHANNELS }, (_, channel) => errors.map((byChannel) => byChannel[channel])));
}
