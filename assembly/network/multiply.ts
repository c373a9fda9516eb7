/**
 * The matrix products that all convolutions of the network come down to.
 *
 * The inner loop computes 4 rows x 8 columns. It is not unrolled, on purpose: V8 would move the loads of all copies to the front, run out of registers
 * and keep sums on the stack.
 */
import { addProduct } from './arithmetic';

/** Rows and columns of the result that the inner loop computes at a time. */
export const ROWS: i32 = 4;
export const COLUMNS: i32 = 8;

/**
 * For each of `count` pairs of matrices: result = left * right. Each sum starts with 0 and adds the products in order.
 *
 * @param left - count x (rows, inner), `leftStride` bytes from one matrix to the next
 * @param right - count x (columns / 8, inner, 8)
 * @param result - count x (rows, columns), `resultStride` bytes from one matrix to the next
 * @param rows - a multiple of 4
 * @param inner - bytes of a row of `left`
 * @param columns - bytes of a row of `result`, a multiple of 32
 */
export function multiply(
  left: usize,
  leftStride: usize,
  right: usize,
  result: usize,
  resultStride: usize,
  count: i32,
  rows: i32,
  inner: usize,
  columns: usize,
): void {
  let w = right;
  let matrix = left;
  let target = result;
  const block = inner << 3;
  for (let i = 0; i < count; i++, matrix += leftStride, target += resultStride) {
    for (let column: usize = 0; column < columns; column += 32, w += block) {
      let out = target + column;
      let x0 = matrix;
      for (let row = 0; row < rows; row += ROWS) {
        let s00 = f32x4.splat(0);
        let s01 = s00;
        let s10 = s00;
        let s11 = s00;
        let s20 = s00;
        let s21 = s00;
        let s30 = s00;
        let s31 = s00;
        let x1 = x0 + inner;
        let x2 = x1 + inner;
        let x3 = x2 + inner;
        let at = w;
        for (const end = x1; x0 < end; x0 += 4, x1 += 4, x2 += 4, x3 += 4, at += 32) {
          const w0 = v128.load(at);
          const w1 = v128.load(at, 16);
          let x = v128.load32_splat(x0);
          s00 = addProduct(s00, x, w0);
          s01 = addProduct(s01, x, w1);
          x = v128.load32_splat(x1);
          s10 = addProduct(s10, x, w0);
          s11 = addProduct(s11, x, w1);
          x = v128.load32_splat(x2);
          s20 = addProduct(s20, x, w0);
          s21 = addProduct(s21, x, w1);
          x = v128.load32_splat(x3);
          s30 = addProduct(s30, x, w0);
          s31 = addProduct(s31, x, w1);
        }
        x0 = x3;
        v128.store(out, s00);
        v128.store(out, s01, 16);
        out += columns;
        v128.store(out, s10);
        v128.store(out, s11, 16);
        out += columns;
        v128.store(out, s20);
        v128.store(out, s21, 16);
        out += columns;
        v128.store(out, s30);
        v128.store(out, s31, 16);
        out += columns;
      }
    }
  }
}
