/**
 * Weighted moments of a regression's inputs, and its solution (Cholesky). docs/format.md, "Tail regressions".
 *
 * The upper triangle of the moments lies in tiles of 4 x 4 numbers: tile (I, J), J >= I, holds rows 4I..4I+3 of columns
 * 4J..4J+3; the tiles of a row lie one after the other. The value that is to be predicted is one more column after the
 * inputs, so that its products with the inputs need no code of their own. Every number goes through the operations of
 * the reference in the reference's order; the samples between two solutions are taken together, so that a tile stays in
 * registers.
 */
import { sumLanes } from './float32';

/** Bytes of a tile. */
const TILE: usize = 64;
/** Most inputs of a regression. */
const MOST_INPUTS: i32 = 64;
/** Least pivot of a solution. */
const LEAST_PIVOT: f32 = 1e-7;
/**
 * The Cholesky factor: panel J holds columns 4J..4J+3 of all rows, 16 bytes a row. A row more than needed keeps panels
 * off the same cache lines.
 */
const PANEL: usize = (<usize>MOST_INPUTS + 4) * 16;
const factor: usize = memory.data(17 * 68 * 16, 64);
const solution: usize = memory.data(64 * 4, 64);

/** Number of tiles for `rows` blocks of rows and `columns` blocks of columns. */
export function tileBytes(rows: i32, columns: i32): usize {
  return <usize>(rows * columns - ((rows * (rows - 1)) >> 1)) * TILE;
}

/**
 * Adds samples to moments: M = M * keep + scaled[i] * inputs[j], sample after sample.
 *
 * @param inputs, scaled - the samples' inputs (the value after the last) and these times the weight: rows of `stride`
 *   bytes
 */
export function accumulate(
  tiles: usize,
  rows: i32,
  columns: i32,
  inputs: usize,
  scaled: usize,
  stride: usize,
  samples: i32,
  keep: f32,
): void {
  const k = f32x4.splat(keep);
  const end = inputs + <usize>samples * stride;
  const shift = scaled - inputs;
  let tile = tiles;
  for (let i = 0; i < rows; i++) {
    const row = shift + ((<usize>i) << 4);
    let j = i;
    for (; j + 1 < columns; j += 2, tile += 2 * TILE) {
      let a0 = v128.load(tile);
      let a1 = v128.load(tile, 16);
      let a2 = v128.load(tile, 32);
      let a3 = v128.load(tile, 48);
      let b0 = v128.load(tile, 64);
      let b1 = v128.load(tile, 80);
      let b2 = v128.load(tile, 96);
      let b3 = v128.load(tile, 112);
      const column = (<usize>j) << 4;
      for (let s = inputs; s < end; s += stride) {
        const x = v128.load(s + column);
        const y = v128.load(s + column, 16);
        const q = v128.load(s + row);
        const q0 = v128.shuffle<f32>(q, q, 0, 0, 0, 0);
        a0 = f32x4.add(f32x4.mul(a0, k), f32x4.mul(q0, x));
        b0 = f32x4.add(f32x4.mul(b0, k), f32x4.mul(q0, y));
        const q1 = v128.shuffle<f32>(q, q, 1, 1, 1, 1);
        a1 = f32x4.add(f32x4.mul(a1, k), f32x4.mul(q1, x));
        b1 = f32x4.add(f32x4.mul(b1, k), f32x4.mul(q1, y));
        const q2 = v128.shuffle<f32>(q, q, 2, 2, 2, 2);
        a2 = f32x4.add(f32x4.mul(a2, k), f32x4.mul(q2, x));
        b2 = f32x4.add(f32x4.mul(b2, k), f32x4.mul(q2, y));
        const q3 = v128.shuffle<f32>(q, q, 3, 3, 3, 3);
        a3 = f32x4.add(f32x4.mul(a3, k), f32x4.mul(q3, x));
        b3 = f32x4.add(f32x4.mul(b3, k), f32x4.mul(q3, y));
      }
      v128.store(tile, a0);
      v128.store(tile, a1, 16);
      v128.store(tile, a2, 32);
      v128.store(tile, a3, 48);
      v128.store(tile, b0, 64);
      v128.store(tile, b1, 80);
      v128.store(tile, b2, 96);
      v128.store(tile, b3, 112);
    }
    if (j < columns) {
      let a0 = v128.load(tile);
      let a1 = v128.load(tile, 16);
      let a2 = v128.load(tile, 32);
      let a3 = v128.load(tile, 48);
      const column = (<usize>j) << 4;
      for (let s = inputs; s < end; s += stride) {
        const x = v128.load(s + column);
        a0 = f32x4.add(f32x4.mul(a0, k), f32x4.mul(v128.load32_splat(s + row), x));
        a1 = f32x4.add(f32x4.mul(a1, k), f32x4.mul(v128.load32_splat(s + row, 4), x));
        a2 = f32x4.add(f32x4.mul(a2, k), f32x4.mul(v128.load32_splat(s + row, 8), x));
        a3 = f32x4.add(f32x4.mul(a3, k), f32x4.mul(v128.load32_splat(s + row, 12), x));
      }
      v128.store(tile, a0);
      v128.store(tile, a1, 16);
      v128.store(tile, a2, 32);
      v128.store(tile, a3, 48);
      tile += TILE;
    }
  }
}

/** Adds the sum of samples to moments: M = M + (scaled[i] * inputs[j] summed over the samples). As {@link accumulate}. */
export function accumulateSum(
  tiles: usize,
  rows: i32,
  columns: i32,
  inputs: usize,
  scaled: usize,
  stride: usize,
  samples: i32,
): void {
  const end = inputs + <usize>samples * stride;
  const shift = scaled - inputs;
  let tile = tiles;
  for (let i = 0; i < rows; i++) {
    const row = shift + ((<usize>i) << 4);
    for (let j = i; j < columns; j++, tile += TILE) {
      let a0 = f32x4.splat(0);
      let a1 = f32x4.splat(0);
      let a2 = f32x4.splat(0);
      let a3 = f32x4.splat(0);
      const column = (<usize>j) << 4;
      for (let s = inputs; s < end; s += stride) {
        const x = v128.load(s + column);
        a0 = f32x4.add(a0, f32x4.mul(v128.load32_splat(s + row), x));
        a1 = f32x4.add(a1, f32x4.mul(v128.load32_splat(s + row, 4), x));
        a2 = f32x4.add(a2, f32x4.mul(v128.load32_splat(s + row, 8), x));
        a3 = f32x4.add(a3, f32x4.mul(v128.load32_splat(s + row, 12), x));
      }
      v128.store(tile, f32x4.add(v128.load(tile), a0));
      v128.store(tile, f32x4.add(v128.load(tile, 16), a1), 16);
      v128.store(tile, f32x4.add(v128.load(tile, 32), a2), 32);
      v128.store(tile, f32x4.add(v128.load(tile, 48), a3), 48);
    }
  }
}

/**
 * Solves (M + ridge) b = p for n inputs. Keeps the coefficients unless the solution is complete.
 *
 * @param columns - blocks of columns, with that of p
 * @param coefficients - room for whole blocks of the inputs; those after the n-th stay 0
 */
export function solve(tiles: usize, n: i32, columns: i32, ridge: f32, coefficients: usize): void {
  const rows = (n + 3) >> 2;
  let tile = tiles;
  for (let i = 0; i < rows; i++) {
    // The tile on the diagonal: all of it, then the rows of the others by its factors.
    const own = factor + <usize>i * PANEL;
    const top = own + ((<usize>i) << 6);
    let a0 = v128.load(tile);
    let a1 = v128.load(tile, 16);
    let a2 = v128.load(tile, 32);
    let a3 = v128.load(tile, 48);
    tile += TILE;
    for (let f = own; f < top; f += 16) {
      const x = v128.load(f);
      a0 = f32x4.sub(a0, f32x4.mul(v128.load32_splat(f), x));
      a1 = f32x4.sub(a1, f32x4.mul(v128.load32_splat(f, 4), x));
      a2 = f32x4.sub(a2, f32x4.mul(v128.load32_splat(f, 8), x));
      a3 = f32x4.sub(a3, f32x4.mul(v128.load32_splat(f, 12), x));
    }
    const left = n - (i << 2);
    let pivot = f32x4.extract_lane(a0, 0) + ridge;
    if (!(pivot > LEAST_PIVOT)) return;
    const r0: f32 = <f32>1 / sqrt<f32>(pivot);
    a0 = f32x4.mul(a0, f32x4.splat(r0));
    const f01 = v128.shuffle<f32>(a0, a0, 1, 1, 1, 1);
    const f02 = v128.shuffle<f32>(a0, a0, 2, 2, 2, 2);
    const f03 = v128.shuffle<f32>(a0, a0, 3, 3, 3, 3);
    a1 = f32x4.sub(a1, f32x4.mul(f01, a0));
    a2 = f32x4.sub(a2, f32x4.mul(f02, a0));
    a3 = f32x4.sub(a3, f32x4.mul(f03, a0));
    let r1: f32 = 0;
    if (left > 1) {
      pivot = f32x4.extract_lane(a1, 1) + ridge;
      if (!(pivot > LEAST_PIVOT)) return;
      r1 = <f32>1 / sqrt<f32>(pivot);
    }
    a1 = f32x4.mul(a1, f32x4.splat(r1));
    const f12 = v128.shuffle<f32>(a1, a1, 2, 2, 2, 2);
    const f13 = v128.shuffle<f32>(a1, a1, 3, 3, 3, 3);
    a2 = f32x4.sub(a2, f32x4.mul(f12, a1));
    a3 = f32x4.sub(a3, f32x4.mul(f13, a1));
    let r2: f32 = 0;
    if (left > 2) {
      pivot = f32x4.extract_lane(a2, 2) + ridge;
      if (!(pivot > LEAST_PIVOT)) return;
      r2 = <f32>1 / sqrt<f32>(pivot);
    }
    a2 = f32x4.mul(a2, f32x4.splat(r2));
    const f23 = v128.shuffle<f32>(a2, a2, 3, 3, 3, 3);
    a3 = f32x4.sub(a3, f32x4.mul(f23, a2));
    let r3: f32 = 0;
    if (left > 3) {
      pivot = f32x4.extract_lane(a3, 3) + ridge;
      if (!(pivot > LEAST_PIVOT)) return;
      r3 = <f32>1 / sqrt<f32>(pivot);
    }
    a3 = f32x4.mul(a3, f32x4.splat(r3));
    // The diagonal holds the inverse roots of the pivots.
    v128.store(top, f32x4.replace_lane(a0, 0, r0));
    v128.store(top, f32x4.replace_lane(a1, 1, r1), 16);
    v128.store(top, f32x4.replace_lane(a2, 2, r2), 32);
    v128.store(top, f32x4.replace_lane(a3, 3, r3), 48);

    let j = i + 1;
    for (; j + 1 < columns; j += 2, tile += 2 * TILE) {
      const to = factor + <usize>j * PANEL;
      let b0 = v128.load(tile);
      let b1 = v128.load(tile, 16);
      let b2 = v128.load(tile, 32);
      let b3 = v128.load(tile, 48);
      let c0 = v128.load(tile, 64);
      let c1 = v128.load(tile, 80);
      let c2 = v128.load(tile, 96);
      let c3 = v128.load(tile, 112);
      const shift = to - own;
      for (let f = own; f < top; f += 16) {
        const x = v128.load(f + shift);
        const y = v128.load(f + shift, PANEL);
        let q = v128.load32_splat(f);
        b0 = f32x4.sub(b0, f32x4.mul(q, x));
        c0 = f32x4.sub(c0, f32x4.mul(q, y));
        q = v128.load32_splat(f, 4);
        b1 = f32x4.sub(b1, f32x4.mul(q, x));
        c1 = f32x4.sub(c1, f32x4.mul(q, y));
        q = v128.load32_splat(f, 8);
        b2 = f32x4.sub(b2, f32x4.mul(q, x));
        c2 = f32x4.sub(c2, f32x4.mul(q, y));
        q = v128.load32_splat(f, 12);
        b3 = f32x4.sub(b3, f32x4.mul(q, x));
        c3 = f32x4.sub(c3, f32x4.mul(q, y));
      }
      let r = v128.load32_splat(top);
      b0 = f32x4.mul(b0, r);
      c0 = f32x4.mul(c0, r);
      r = v128.load32_splat(top, 4);
      b1 = f32x4.sub(b1, f32x4.mul(r, b0));
      c1 = f32x4.sub(c1, f32x4.mul(r, c0));
      r = v128.load32_splat(top, 8);
      b2 = f32x4.sub(b2, f32x4.mul(r, b0));
      c2 = f32x4.sub(c2, f32x4.mul(r, c0));
      r = v128.load32_splat(top, 12);
      b3 = f32x4.sub(b3, f32x4.mul(r, b0));
      c3 = f32x4.sub(c3, f32x4.mul(r, c0));
      r = v128.load32_splat(top, 20);
      b1 = f32x4.mul(b1, r);
      c1 = f32x4.mul(c1, r);
      r = v128.load32_splat(top, 24);
      b2 = f32x4.sub(b2, f32x4.mul(r, b1));
      c2 = f32x4.sub(c2, f32x4.mul(r, c1));
      r = v128.load32_splat(top, 28);
      b3 = f32x4.sub(b3, f32x4.mul(r, b1));
      c3 = f32x4.sub(c3, f32x4.mul(r, c1));
      r = v128.load32_splat(top, 40);
      b2 = f32x4.mul(b2, r);
      c2 = f32x4.mul(c2, r);
      r = v128.load32_splat(top, 44);
      b3 = f32x4.sub(b3, f32x4.mul(r, b2));
      c3 = f32x4.sub(c3, f32x4.mul(r, c2));
      r = v128.load32_splat(top, 60);
      const at = to + ((<usize>i) << 6);
      v128.store(at, b0);
      v128.store(at, b1, 16);
      v128.store(at, b2, 32);
      v128.store(at, f32x4.mul(b3, r), 48);
      v128.store(at, c0, PANEL);
      v128.store(at, c1, PANEL + 16);
      v128.store(at, c2, PANEL + 32);
      v128.store(at, f32x4.mul(c3, r), PANEL + 48);
    }
    if (j < columns) {
      const to = factor + <usize>j * PANEL;
      let b0 = v128.load(tile);
      let b1 = v128.load(tile, 16);
      let b2 = v128.load(tile, 32);
      let b3 = v128.load(tile, 48);
      tile += TILE;
      const shift = to - own;
      for (let f = own; f < top; f += 16) {
        const x = v128.load(f + shift);
        b0 = f32x4.sub(b0, f32x4.mul(v128.load32_splat(f), x));
        b1 = f32x4.sub(b1, f32x4.mul(v128.load32_splat(f, 4), x));
        b2 = f32x4.sub(b2, f32x4.mul(v128.load32_splat(f, 8), x));
        b3 = f32x4.sub(b3, f32x4.mul(v128.load32_splat(f, 12), x));
      }
      b0 = f32x4.mul(b0, v128.load32_splat(top));
      b1 = f32x4.sub(b1, f32x4.mul(v128.load32_splat(top, 4), b0));
      b2 = f32x4.sub(b2, f32x4.mul(v128.load32_splat(top, 8), b0));
      b3 = f32x4.sub(b3, f32x4.mul(v128.load32_splat(top, 12), b0));
      b1 = f32x4.mul(b1, v128.load32_splat(top, 20));
      b2 = f32x4.sub(b2, f32x4.mul(v128.load32_splat(top, 24), b1));
      b3 = f32x4.sub(b3, f32x4.mul(v128.load32_splat(top, 28), b1));
      b2 = f32x4.mul(b2, v128.load32_splat(top, 40));
      b3 = f32x4.sub(b3, f32x4.mul(v128.load32_splat(top, 44), b2));
      const at = to + ((<usize>i) << 6);
      v128.store(at, b0);
      v128.store(at, b1, 16);
      v128.store(at, b2, 32);
      v128.store(at, f32x4.mul(b3, v128.load32_splat(top, 60)), 48);
    }
  }
  substitute(n, coefficients);
}

/** Computes the coefficients by backward substitution. */
function substitute(n: i32, coefficients: usize): void {
  const blocks = (n + 3) >> 2;
  const values = factor + <usize>(n >> 2) * PANEL + ((<usize>(n & 3)) << 2);
  for (let block = blocks - 1; block >= 0; block--) {
    const panel = factor + <usize>block * PANEL + ((<usize>block) << 6);
    const value = values + ((<usize>block) << 6);
    const left = n - (block << 2);
    // The coefficients of the block so far.
    let own = f32x4.splat(0);
    if (left > 3) own = f32x4.replace_lane(own, 3, coefficient(panel + 48, value + 48, own, block, blocks, 12));
    if (left > 2) own = f32x4.replace_lane(own, 2, coefficient(panel + 32, value + 32, own, block, blocks, 8));
    if (left > 1) own = f32x4.replace_lane(own, 1, coefficient(panel + 16, value + 16, own, block, blocks, 4));
    own = f32x4.replace_lane(own, 0, coefficient(panel, value, own, block, blocks, 0));
    v128.store(solution + ((<usize>block) << 4), own);
  }
  memory.copy(coefficients, solution, (<usize>blocks) << 4);
}

/**
 * The coefficient of a row.
 *
 * @param row - the row's entry in the panel on the diagonal; the inverse of its pivot is at `lane`
 * @param own - coefficients of the block after the row's
 */
function coefficient(row: usize, value: usize, own: v128, block: i32, blocks: i32, lane: usize): f32 {
  let sum = f32x4.mul(v128.load(row), own);
  let at = row + PANEL;
  for (let k = solution + ((<usize>(block + 1)) << 4), end = solution + ((<usize>blocks) << 4); k < end; k += 16) {
    sum = f32x4.add(sum, f32x4.mul(v128.load(at), v128.load(k)));
    at += PANEL;
  }
  return (load<f32>(value) - sumLanes(sum)) * load<f32>(row + lane);
}
