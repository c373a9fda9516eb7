import { expect, test } from 'vitest';
import { shownBox } from '../../src/element/shown-size.ts';

const PICTURE = { width: 768, height: 512 };

test.each([
  ['fill', 384, 256, 384, 256],
  ['fill', 400, 100, 400, 267],
  ['contain', 400, 100, 150, 100],
  ['scale-down', 400, 100, 150, 100],
  ['cover', 400, 100, 400, 267],
  ['none', 10, 10, 768, 512],
  ['fill', 5000, 5000, 768, 512],
  ['contain', 384.01, 256, 384, 256],
  ['fill', 383.99, 255.5, 384, 256],
  ['contain', 0.2, 100, 1, 1],
])('object-fit %s of %f x %f takes %i x %i', (fit, width, height, maxWidth, maxHeight) => {
  expect(shownBox(PICTURE, { width, height }, fit)).toEqual({ maxWidth, maxHeight });
});
