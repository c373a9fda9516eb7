import { canvasSize } from '../../src/codec/geometry.ts';
import type { SourcePicture } from '../../src/codec/picture.ts';
import type { Plane } from '../../src/codec/plane.ts';
import { Target } from '../../src/codec/target.ts';

/** The image at each pyramid level, 0..levels, padded to the level's canvas. */
export function imagePyramid(image: Plane | SourcePicture, levels: number): Plane[] {
  const target = new Target(image);
  return Array.from({ length: levels + 1 }, (_, level) => {
    const size = canvasSize(image, level);
    return { ...size, data: target.pixels(level, { x: 0, y: 0, ...size }) };
  });
}
