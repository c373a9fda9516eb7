/** The small picture of docs/format.md, "Test values", for which the tail's numbers are given. */
import type { TailPosterior, TailShape } from '#dist/codec/tail/tail-posterior.js';

const CANVAS = { width: 16, height: 16 } as const;

export const EXAMPLE_SHAPE: TailShape = { width: 12, height: 10, channels: 3 };

/** A plane of the canvas; column i, row j, colour c. */
function plane(of: (i: number, j: number, c: number) => number): Float32Array {
  const { width, height } = CANVAS;
  return Float32Array.from({ length: width * height * 3 }, (_, at) =>
    of(Math.floor(at / 3) % width, Math.floor(at / 3 / width), at % 3),
  );
}

function meanOf(i: number, j: number, c: number): number {
  return ((i * i + 3 * i * j + 8 * c) % 96) / 64 - 0.75;
}

/** Posterior of the picture, as binary32 without rounding. */
export function examplePosterior(): TailPosterior {
  return {
    state: { ...CANVAS, data: plane((i, j, c) => meanOf(i, j, c) + ((7 * i + 13 * j + 29 * c) % 64) / 128 - 0.25) },
    mean: { ...CANVAS, data: plane(meanOf) },
    logVariance: plane((i, j, c) => -6 - ((i + 2 * j + 3 * c) % 8) / 4),
    index: -512,
  };
}

/** Interleaved pixels of the picture. */
export function examplePixels(): Uint8Array {
  const { width, height } = EXAMPLE_SHAPE;
  return Uint8Array.from({ length: width * height * 3 }, (_, at) => {
    const [i, j, c] = [Math.floor(at / 3) % width, Math.floor(at / 3 / width), at % 3];
    return Math.floor((meanOf(i, j, c) + 1) * 128) + ((5 * i + 3 * j + 7 * c) % 13) - 6;
  });
}
