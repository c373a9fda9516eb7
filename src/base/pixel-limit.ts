/** Default of `limitInputPixels`, the largest width * height accepted: 16383 * 16383 = 268402689, as in sharp. */
export const DEFAULT_LIMIT_PIXELS: number = 0x3fff ** 2;
