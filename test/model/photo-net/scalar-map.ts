/** Feature maps of the scalar network: one image each. */

/** (height, width, channels); the values are those of the arithmetic in use. */
export interface ScalarMap {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly values: Float64Array;
}

/** A map of zeros. */
export function makeMap(height: number, width: number, channels: number): ScalarMap {
  return { height, width, channels, values: new Float64Array(height * width * channels) };
}

/** A value; 0 beyond the image. */
export function valueAt({ height, width, channels, values }: ScalarMap, y: number, x: number, c: number): number {
  if (y < 0 || y >= height || x < 0 || x >= width) return 0;
  return values[(y * width + x) * channels + c] as number;
}

/** Computes each value of a map from the old value, its channel and its index. */
export function mapValues(
  map: ScalarMap,
  compute: (value: number, channel: number, index: number) => number,
): ScalarMap {
  const values = map.values.map((value, i) => compute(value, i % map.channels, i));
  return { ...map, values };
}
