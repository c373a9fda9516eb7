/**
 * Geometry of a stream: canvas, pyramid levels, tiles and windows. All of it is part of the format
 * (docs/format.md, "Geometry").
 */
import { BLOCK } from '../math/whitening.ts';

/** Largest side of a coding tile, in pixels of its level. */
export const TILE = 256;
/** Largest side of a denoiser window without its halo, in pixels of its level. */
export const WINDOW = 512;
/** Width of the border around a window that the denoiser sees, too, in pixels. */
export const HALO = 32;
/** Largest side of what the denoiser sees for a window, its halo included, in pixels of its level. */
export const LARGEST_SEEN: number = WINDOW + 2 * HALO;
/** Least shorter side of the coarsest level, unless the image itself is smaller. */
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

/** Size of an image, and whether it has a pyramid. */
export interface Levelled extends Size {
  /**
   * True: there is no pyramid, only level 0. For networks that take windows of one size and have seen one scale only.
   */
  readonly flat?: boolean;
}

/**
 * Number of the coarsest pyramid level of an image: the largest l whose shorter side is at least 32 pixels, at least 0.
 */
export function coarsestLevel(image: Levelled): number {
  if (image.flat) return 0;
  const shorter = Math.min(image.width, image.height);
  let level = 0;
  while (shorter >> (level + 1) >= COARSEST_SIDE) level++;
  return level;
}

/**
 * Size of a level's canvas: the image divided by 2^level, each side rounded up to whole pixels and then to whole
 * blocks.
 */
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

/** Tiles side by side, and above each other, at a level. */
function tileGrid(image: Size, level: number): { columns: number; rows: number } {
  const { width, height } = canvasSize(image, level);
  return { columns: Math.ceil(width / TILE), rows: Math.ceil(height / TILE) };
}

/** Number of coding tiles of a level, computed without cutting the canvas. */
export function tileCount(image: Size, level: number): number {
  const { columns, rows } = tileGrid(image, level);
  return columns * rows;
}

/** A value for each coding tile of a layer, in the order of cutCanvas. */
export interface LayerTiles<T> {
  readonly level: number;
  readonly tiles: readonly T[];
}

/**
 * What the tiles of a level take over from the layer before: of the same level that of the same tile, of a coarser one that of
 * the tile at the same place. docs/format.md, "Variance gains".
 *
 * @param none - the value of all tiles if there is no layer before
 */
export function inheritTiles<T>(image: Size, level: number, before: LayerTiles<T> | undefined, none: T): readonly T[] {
  if (before?.level === level) return before.tiles;
  const { columns, rows } = tileGrid(image, level);
  if (!before) return new Array<T>(columns * rows).fill(none);
  const coarse = tileGrid(image, before.level);
  return Array.from({ length: columns * rows }, (_, tile) => {
    const row = Math.floor((Math.floor(tile / columns) * coarse.rows) / rows);
    const column = Math.floor(((tile % columns) * coarse.columns) / columns);
    return before.tiles[row * coarse.columns + column];
  });
}

/** A network's requirements on its windows; see `Denoiser`. */
export interface WindowRule {
  /** Width and height of the network's input must be multiples of this. */
  readonly sizeMultiple: number;
  /** Side of the square windows that it was trained on; undefined: it takes any size, and windows get a halo. */
  readonly windowSize?: number;
}

/**
 * A window of the canvas, and the part that the denoiser sees for it, which may extend beyond the right and lower edge.
 */
export interface CanvasWindow {
  readonly window: Rect;
  readonly seen: Rect;
}

/** Cuts a canvas into the denoiser's windows, row by row. docs/format.md, "Geometry". */
export function canvasWindows(canvas: Size, { sizeMultiple, windowSize }: WindowRule): CanvasWindow[] {
  if (windowSize !== undefined) return squareWindows(canvas, windowSize);
  return cutCanvas(canvas, WINDOW).map((window) => ({ window, seen: withHalo(window, canvas, sizeMultiple) }));
}

/**
 * A window with its halo, cut at the canvas and then extended right and below to the multiples that the denoiser takes.
 */
function withHalo(window: Rect, canvas: Size, multiple: number): Rect {
  const x = Math.max(window.x - HALO, 0);
  const y = Math.max(window.y - HALO, 0);
  const right = Math.min(window.x + window.width + HALO, canvas.width);
  const bottom = Math.min(window.y + window.height + HALO, canvas.height);
  const pad = (side: number): number => Math.ceil(side / multiple) * multiple;
  return { x, y, width: pad(right - x), height: pad(bottom - y) };
}

/** Squares side by side, without halo; the last ones of a row or column may extend beyond the canvas. */
function squareWindows(canvas: Size, side: number): CanvasWindow[] {
  const windows: CanvasWindow[] = [];
  for (let y = 0; y < canvas.height; y += side) {
    for (let x = 0; x < canvas.width; x += side) {
      const window = { x, y, width: Math.min(side, canvas.width - x), height: Math.min(side, canvas.height - y) };
      windows.push({ window, seen: { x, y, width: side, height: side } });
    }
  }
  return windows;
}
