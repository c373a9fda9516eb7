/** Width and height of a picture that is to fit into a box. */

/** A box, in pixels; a side that is undefined has no limit. */
export interface Box {
  /** Largest width, an integer from 1 up. */
  readonly maxWidth?: number | undefined;
  /** Largest height, an integer from 1 up. */
  readonly maxHeight?: number | undefined;
}

/**
 * The size that sharp's resize gives for fit `inside` without enlargement: the largest of the same aspect that the box
 * holds, at least 1 pixel a side; the picture's own if the box holds that.
 */
export function fitInside(
  { width, height }: { readonly width: number; readonly height: number },
  { maxWidth = width, maxHeight = height }: Box,
): { width: number; height: number } {
  const shrink = Math.max(1, width / maxWidth, height / maxHeight);
  const side = (pixels: number): number => {
    const scale = 1 / Math.min(shrink, pixels);
    return Math.floor(pixels / (1 / scale) + 0.5); // libvips divides by 1 / scale, which decides halves
  };
  return { width: side(width), height: side(height) };
}
