/** Feature maps in the network's memory: (batch, height, width, channels) with a border of zeros around each image. */
import type { BatchShape } from '../../denoiser.ts';

/** Sizes of the tiles' outputs that Winograd's method is implemented for. */
export type TileSide = 2 | 4;

/** Least height and width of a map whose convolutions work on tiles of 4 x 4; smaller maps use tiles of 2 x 2. docs/format.md, "To the bit". */
const LEAST_SIDE_4 = 8;

/** Positions of a level. */
export interface LevelShape extends BatchShape {
  readonly tileSide: TileSide;
}

/** Shape of each level: half as high and wide as the one before. */
export function levelShapes({ batch, height, width }: BatchShape, levels: number): LevelShape[] {
  return Array.from({ length: levels }, (_, level) => {
    const [h, w] = [height / 2 ** level, width / 2 ** level];
    return { batch, height: h, width: w, tileSide: Math.min(h, w) >= LEAST_SIDE_4 ? 4 : 2 };
  });
}

/** Where a map lies. Addresses and distances in bytes. */
export interface FeatureMap {
  readonly shape: LevelShape;
  readonly channels: number;
  /** Start of the memory, border included. */
  readonly start: number;
  /** Position (0, 0) of the first image. */
  readonly first: number;
  /** From a row to the next one, and from an image to the next one. */
  readonly pitch: number;
  readonly image: number;
  readonly bytes: number;
}

/** Lays out a map: the border makes every tile of a convolution's inputs lie in it. */
export function layOutMap(shape: LevelShape, channels: number, start: number): FeatureMap {
  const padded = (side: number): number => Math.ceil(side / shape.tileSide) * shape.tileSide + 2;
  const pitch = padded(shape.width) * channels * 4;
  const image = padded(shape.height) * pitch;
  return { shape, channels, start, first: start + pitch + channels * 4, pitch, image, bytes: shape.batch * image };
}

/** Sets the border of a map to zero, and what its last tiles have beyond the image. The rest is written before it is read. */
export function clearBorder(buffer: ArrayBufferLike, map: FeatureMap): void {
  const { batch, height, width } = map.shape;
  const values = new Float32Array(buffer, map.start, map.bytes / 4);
  const [pitch, image] = [map.pitch / 4, map.image / 4];
  const end = (width + 1) * map.channels;
  for (let top = 0; top < batch * image; top += image) {
    values.fill(0, top, top + pitch);
    values.fill(0, top + (height + 1) * pitch, top + image);
    for (let row = top + pitch; row < top + (height + 1) * pitch; row += pitch) {
      values.fill(0, row, row + map.channels);
      values.fill(0, row + end, row + pitch);
    }
  }
}
