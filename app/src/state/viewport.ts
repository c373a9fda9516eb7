/** Where a picture lies in its window: scale and offset, in CSS pixels. All functions are pure. */

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The picture's top left corner relative to the window's, and CSS pixels for each of the picture. */
export interface Placement {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

/** Largest scale, in device pixels for each of the picture. */
export const MOST = 32;

/** The scale at which the whole picture is seen; small pictures are enlarged by whole factors, so that pixels stay sharp. */
export function fitScale(picture: Size, window: Size, density: number): number {
  const scale = Math.min(window.width / picture.width, window.height / picture.height);
  return scale * density >= 2 ? Math.floor(scale * density) / density : scale;
}

/** Moves a picture so that no side of the window is empty that it could fill; centres what is smaller. */
export function clamped({ x, y, scale }: Placement, picture: Size, window: Size): Placement {
  const along = (offset: number, length: number, space: number): number =>
    length <= space ? (space - length) / 2 : Math.min(0, Math.max(space - length, offset));
  return {
    scale,
    x: along(x, picture.width * scale, window.width),
    y: along(y, picture.height * scale, window.height),
  };
}

/** Zooms so that the picture's point under (`atX`, `atY`) of the window stays there. */
export function zoomed(placement: Placement, scale: number, atX: number, atY: number): Placement {
  const ratio = scale / placement.scale;
  return { scale, x: atX - (atX - placement.x) * ratio, y: atY - (atY - placement.y) * ratio };
}

/** Left and right end of the part of the picture that is in the window, in CSS pixels of the window. */
export function visibleSpan({ x, scale }: Placement, picture: Size, window: Size): [number, number] {
  return [Math.max(0, x), Math.min(window.width, x + picture.width * scale)];
}
