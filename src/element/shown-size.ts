/** How large a picture is on the screen. */
import type { Size } from '../codec/grid/geometry.ts';
import type { PictureBox } from './picture-load.ts';

/** Fractions of a pixel that rounding of the layout leaves, and that are not worth a pixel. */
const ROUNDING = 0.02;

/**
 * The box that a picture fits into as it is shown, so that it has a pixel for each of the screen.
 *
 * @param picture - size of the coded picture
 * @param area - where it is shown, in pixels of the screen
 * @param fit - the CSS property `object-fit`
 */
export function shownBox(picture: Size, area: Size, fit: string): PictureBox {
  const ratios = [area.width / picture.width, area.height / picture.height];
  const scale =
    fit === 'none' ? 1 : fit === 'contain' || fit === 'scale-down' ? Math.min(...ratios) : Math.max(...ratios);
  const side = (pixels: number): number => Math.max(1, Math.ceil(pixels * Math.min(scale, 1) - ROUNDING));
  return { maxWidth: side(picture.width), maxHeight: side(picture.height) };
}
