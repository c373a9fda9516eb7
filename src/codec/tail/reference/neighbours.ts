/** The coded neighbours of a pixel, one list for all that looks at them. docs/format.md, "Tail regressions". */

/** Neighbours, as offsets (column, row), that are coded before a pixel, in about the order of their distance. */
export const NEAR: readonly (readonly [number, number])[] = [
  [-1, 0],
  [0, -1],
  [-1, -1],
  [1, -1],
  [-2, 0],
  [0, -2],
  [-2, -1],
  [2, -1],
  [-1, -2],
  [1, -2],
  [-2, -2],
  [2, -2],
  [-3, 0],
  [0, -3],
  [-3, -1],
  [3, -1],
  [-1, -3],
  [1, -3],
  [-3, -2],
  [3, -2],
  [-2, -3],
  [2, -3],
  [-4, 0],
  [0, -4],
];
