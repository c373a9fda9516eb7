import { canvasSize } from '../../src/codec/grid/geometry.ts';
import { ImagePyramid } from '../../src/codec/grid/image-pyramid.ts';
import type { SourcePicture } from '../../src/codec/grid/picture.ts';
import type { Plane } from '../../src/codec/grid/plane.ts';

/** The image at each pyramid level, 0..levels, padded to the level's canvas. */
export function imagePyramid(image: Plane | SourcePicture, levels: number): Plane[] {
  const target = new ImagePyramid(image);
  return Array.from({ length: levels + 1 }, (_, level) => {
    const size = canvasSize(image, level);
    return { ...size, data: target.pixels(level, { x: 0, y: 0, ...size }) };
  });
}
