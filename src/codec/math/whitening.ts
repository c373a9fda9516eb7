/**
 * The orthonormal basis U, in which posterior residuals are nearly uncorrelated: a colour rotation, then an 8x8 DCT-II
 * of each block and colour. docs/design/codec.md, section 4.
 */

/** Side of a DCT block in pixels. */
export const BLOCK = 8;
/** Number of coefficients of a block: 3 colours of 64 bands. */
export const BLOCK_COEFFICIENTS: number = 3 * BLOCK * BLOCK;

// Rows of the DCT-II: C[u][x] = cos(pi (x + 1/2) u / 8) / 2, C[0][x] = 1 / sqrt 8. Literals, since Math.cos is not
// portable.
const A = 0.3535533905932738; // 1 / sqrt 8
const B = 0.4903926402016152; // cos(pi / 16) / 2
const C = 0.46193976625564337; // cos(2 pi / 16) / 2
const D = 0.4157348061512726; // cos(3 pi / 16) / 2
const E = 0.2777851165098011; // cos(5 pi / 16) / 2
const F = 0.1913417161825449; // cos(6 pi / 16) / 2
const G = 0.09754516100806412; // cos(7 pi / 16) / 2

/** The 8-point orthonormal DCT-II matrix, row u, column x. */
export const DCT_MATRIX: Float64Array = Float64Array.of(
  ...[A, A, A, A, A, A, A, A],
  ...[B, D, E, G, -G, -E, -D, -B],
  ...[C, F, -F, -C, -C, -F, F, C],
  ...[D, -G, -B, -E, E, B, G, -D],
  ...[A, -A, -A, A, A, -A, -A, A],
  ...[E, -B, G, D, -D, -G, B, -E],
  ...[F, -C, C, -F, -F, C, -C, F],
  ...[G, -E, D, -B, B, -D, E, -G],
);

const INVERSE_SQRT2: number = 1 / Math.sqrt(2);
const INVERSE_SQRT3: number = 1 / Math.sqrt(3);
const INVERSE_SQRT6: number = 1 / Math.sqrt(6);

/** Orthonormal DCT-II of 8 values of x, in place: x[at], x[at + stride], ... */
function dct8(x: Float64Array, at: number, stride: number): void {
  const x0 = x[at];
  const x1 = x[at + stride];
  const x2 = x[at + 2 * stride];
  const x3 = x[at + 3 * stride];
  const x4 = x[at + 4 * stride];
  const x5 = x[at + 5 * stride];
  const x6 = x[at + 6 * stride];
  const x7 = x[at + 7 * stride];
  // Even rows of the matrix need sums of mirrored inputs, odd rows their differences.
  const s0 = x0 + x7;
  const s1 = x1 + x6;
  const s2 = x2 + x5;
  const s3 = x3 + x4;
  const d0 = x0 - x7;
  const d1 = x1 - x6;
  const d2 = x2 - x5;
  const d3 = x3 - x4;
  x[at] = A * (s0 + s3 + (s1 + s2));
  x[at + 4 * stride] = A * (s0 + s3 - (s1 + s2));
  x[at + 2 * stride] = C * (s0 - s3) + F * (s1 - s2);
  x[at + 6 * stride] = F * (s0 - s3) - C * (s1 - s2);
  x[at + stride] = B * d0 + D * d1 + E * d2 + G * d3;
  x[at + 3 * stride] = D * d0 - G * d1 - B * d2 - E * d3;
  x[at + 5 * stride] = E * d0 - B * d1 + G * d2 + D * d3;
  x[at + 7 * stride] = G * d0 - E * d1 + D * d2 - B * d3;
}

/** Inverse of {@link dct8}. */
function inverseDct8(x: Float64Array, at: number, stride: number): void {
  const c0 = x[at];
  const c1 = x[at + stride];
  const c2 = x[at + 2 * stride];
  const c3 = x[at + 3 * stride];
  const c4 = x[at + 4 * stride];
  const c5 = x[at + 5 * stride];
  const c6 = x[at + 6 * stride];
  const c7 = x[at + 7 * stride];
  const p = A * (c0 + c4);
  const q = A * (c0 - c4);
  const u = C * c2 + F * c6;
  const v = F * c2 - C * c6;
  const e0 = p + u;
  const e1 = q + v;
  const e2 = q - v;
  const e3 = p - u;
  const o0 = B * c1 + D * c3 + E * c5 + G * c7;
  const o1 = D * c1 - G * c3 - B * c5 - E * c7;
  const o2 = E * c1 - B * c3 + G * c5 + D * c7;
  const o3 = G * c1 - E * c3 + D * c5 - B * c7;
  x[at] = e0 + o0;
  x[at + 7 * stride] = e0 - o0;
  x[at + stride] = e1 + o1;
  x[at + 6 * stride] = e1 - o1;
  x[at + 2 * stride] = e2 + o2;
  x[at + 5 * stride] = e2 - o2;
  x[at + 3 * stride] = e3 + o3;
  x[at + 4 * stride] = e3 - o3;
}

/**
 * Whitens one block in place.
 *
 * @param block - 192 values. Input: three planes of 8x8 pixels, (RGB channel, y, x). Output: coefficients
 *   (colour, u, v), u the vertical and v the horizontal frequency
 */
export function whitenBlock(block: Float64Array): void {
  for (let i = 0; i < 64; i++) {
    const r = block[i];
    const g = block[64 + i];
    const b = block[128 + i];
    block[i] = (r + g + b) * INVERSE_SQRT3;
    block[64 + i] = (r - g) * INVERSE_SQRT2;
    block[128 + i] = (r + g - 2 * b) * INVERSE_SQRT6;
  }
  for (let plane = 0; plane < BLOCK_COEFFICIENTS; plane += 64) {
    for (let i = 0; i < 8; i++) dct8(block, plane + i * 8, 1);
    for (let i = 0; i < 8; i++) dct8(block, plane + i, 8);
  }
}

/** Inverse of {@link whitenBlock}, in place. */
export function unwhitenBlock(block: Float64Array): void {
  for (let plane = 0; plane < BLOCK_COEFFICIENTS; plane += 64) {
    for (let i = 0; i < 8; i++) inverseDct8(block, plane + i, 8);
    for (let i = 0; i < 8; i++) inverseDct8(block, plane + i * 8, 1);
  }
  for (let i = 0; i < 64; i++) {
    const a = block[i] * INVERSE_SQRT3;
    const b = block[64 + i] * INVERSE_SQRT2;
    const c = block[128 + i] * INVERSE_SQRT6;
    block[i] = a + b + c;
    block[64 + i] = a - b + c;
    block[128 + i] = a - 2 * c;
  }
}
