/** The image to be encoded, at every pyramid level. */
import { BLOCK } from '../math/whitening.ts';
import { canvasSize, coarsestLevel, type Levelled, type Rect, type Size } from './geometry.ts';
import { copyLevels, type SourcePicture } from './picture.ts';
import { gather, halve, newPlane, type Plane } from './plane.ts';

/** Number of rows of a coarser level that are computed at a time. */
const STRIP = 8;

/** Copies a rectangle of a picture as x = byte / 127.5 - 1; what lies outside repeats the nearest pixel. */
function gatherPicture(picture: SourcePicture, rect: Rect, out: Float32Array): Float32Array {
  const { width, height } = picture;
  const inside = Math.max(Math.min(rect.x + rect.width, width) - rect.x, 0);
  for (let j = 0; j < rect.height; j++) {
    const row = Math.min(rect.y + j, height - 1) * width;
    const at = j * rect.width;
    copyLevels(picture, row + rect.x, inside, out, at * 3);
    for (let i = inside; i < rect.width; i++) copyLevels(picture, row + width - 1, 1, out, (at + i) * 3);
  }
  return out;
}

/**
 * The image, padded to the canvas of each level by repeating its last column and row. A picture of bytes is kept as
 * bytes, so that level 0 takes a quarter of the memory of a float plane; the coarser levels together take a third of
 * one.
 */
export class ImagePyramid implements Size {
  readonly width: number;
  readonly height: number;
  readonly #image: Plane | SourcePicture;
  /** Planes of the levels from 1 up. */
  readonly #coarse: Plane[] = [];

  constructor(image: (Plane | SourcePicture) & Levelled) {
    this.width = image.width;
    this.height = image.height;
    this.#image = image;
    for (let level = 1; level <= coarsestLevel(image); level++) this.#coarse.push(this.#halved(level));
  }

  /** Pixels of a rectangle of a level's canvas, (height, width, 3). */
  pixels(level: number, rect: Rect): Float32Array {
    const out = new Float32Array(rect.width * rect.height * 3);
    if (level > 0) return gather(this.#coarse[level - 1], rect, out);
    return 'channels' in this.#image ? gatherPicture(this.#image, rect, out) : gather(this.#image, rect, out);
  }

  /**
   * Copies the pixels of a rectangle of level 0 that are hidden, from one array of (height, width, 3) to another. Pixels
   * that repeat a hidden one beyond the edge are hidden, too.
   */
  copyHidden(rect: Rect, from: Float32Array, to: Float32Array): void {
    const hidden = this.#hiddenPixels(rect);
    for (let i = 0; hidden && i < to.length; i++) {
      if (hidden[Math.floor(i / 3)] === 1) to[i] = from[i];
    }
  }

  /**
   * The blocks of a rectangle of level 0, rows of blocks from the top, as one byte each: 1 if all pixels are hidden.
   * Undefined if there is none.
   */
  hiddenBlocks(rect: Rect): Uint8Array | undefined {
    const { width, height } = rect;
    const hidden = this.#hiddenPixels(rect);
    if (!hidden) return undefined;
    const blocks = new Uint8Array((width * height) / BLOCK ** 2).fill(1);
    for (let j = 0; j < height; j++) {
      const row = Math.floor(j / BLOCK) * (width / BLOCK);
      for (let i = 0; i < width; i++) blocks[row + Math.floor(i / BLOCK)] &= hidden[j * width + i];
    }
    return blocks.includes(1) ? blocks : undefined;
  }

  /**
   * One byte for each pixel of a rectangle of level 0: 1 if it is hidden, as are those beyond the edge that repeat a
   * hidden one. Undefined if no pixel of the image is.
   */
  #hiddenPixels({ x, y, width, height }: Rect): Uint8Array | undefined {
    const alpha = 'channels' in this.#image ? this.#image.alpha : undefined;
    if (!alpha) return undefined;
    const hidden = new Uint8Array(width * height);
    for (let j = 0, at = 0; j < height; j++) {
      const row = Math.min(y + j, this.height - 1) * this.width;
      for (let i = 0; i < width; i++, at++) hidden[at] = alpha[row + Math.min(x + i, this.width - 1)] === 0 ? 1 : 0;
    }
    return hidden;
  }

  /** Computes a level: the means over 2x2 pixels of the next finer one. */
  #halved(level: number): Plane {
    const plane = newPlane(canvasSize(this, level));
    const { width } = canvasSize(this, level - 1);
    for (let y = 0; y < plane.height; y += STRIP) {
      const rect = { x: 0, y: 2 * y, width, height: 2 * STRIP };
      const strip = { width, height: rect.height, data: this.pixels(level - 1, rect) };
      plane.data.set(halve(strip, { width: plane.width, height: STRIP }).data, y * plane.width * 3);
    }
    return plane;
  }
}
