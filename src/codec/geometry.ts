/** Canvas, pyramid, tiles and windows: how an image is cut. All of it is part of the format (docs/format.md, "Geometry"). */
import { BLOCK } from './whitening.ts';

/** Largest side of a coding tile, in pixels of its level. */
export const TILE = 256;
/** Largest side of a denoiser window without its halo, in pixels of its level. */
export const WINDOW = 512;
/** Pixels around a window that the denoiser sees as well. */
export const HALO = 32;
/** The shorter side of the coarsest level is at least this (unless the image itself is smaller). */
const COARSEST_SIDE = 32;

/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A rectangle of pixels. */
export interface Rect extends Size {
  readonly x: number;
  readonly y: number;
}

/** Number of the coarsest pyramid level of an image: the largest l whose shorter side is at least 32 pixels, at least 0. */
export function coarsestLevel(image: Size): number {
  const shorter = Math.min(image.width, image.height);
  let level = 0;
  while (shorter >> (level + 1) >= COARSEST_SIDE) level++;
  return level;
}

/** Size of a level's canvas: the image divided by 2^level, each side rounded up to whole pixels and then to whole blocks. */
export function canvasSize(image: Size, level: number): Size {
  const side = (pixels: number): number => Math.ceil(Math.ceil(pixels / 2 ** level) / BLOCK) * BLOCK;
  return { width: side(image.width), height: side(image.height) };
}

/** Cuts a side of whole blocks into the fewest parts of at most `most` pixels, as equal as whole blocks allow. */
function cutSide(side: number, most: number): number[] {
  const blocks = side / BLOCK;
  const parts = Math.ceil(side / most);
  return Array.from({ length: parts + 1 }, (_, i) => Math.floor((i * blocks) / parts) * BLOCK);
}

/** Cuts a canvas into rectangles of at most `most` x `most` pixels, row by row. */
export function cutCanvas(canvas: Size, most: number): Rect[] {
  const xs = cutSide(canvas.width, most);
  const ys = cutSide(canvas.height, most);
  const rects: Rect[] = [];
  for (let j = 0; j + 1 < ys.length; j++) {
    for (let i = 0; i + 1 < xs.length; i++) {
      rects.push({ x: xs[i], y: ys[j], width: xs[i + 1] - xs[i], height: ys[j + 1] - ys[j] });
    }
  }
  return rects;
}
