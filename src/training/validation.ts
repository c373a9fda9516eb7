import { analyzeModel } from '../analysis/analyze-model.ts';
import { type NamedPlane, planeOfImage } from '../analysis/image-planes.ts';
import type { RawImage } from '../image/raw-image.ts';
import type { Backend } from '../model/backends/backend.ts';
import { loadUncalibratedModel } from '../model/weights/load-model.ts';
import type { ValidationSettings } from './training-config.ts';

/**
 * Prepares held-out images for the analysis: takes the first `count` images and crops each to its centre of `crop` x
 * `crop` pixels.
 */
export function validationPlanes(images: readonly RawImage[], count: number, crop: number): NamedPlane[] {
  return images.slice(0, count).map((image, i) => planeOfImage(centreOf(image, crop), `image ${i + 1}`, crop));
}

/** The centre of an image, at most `side` pixels wide and high. */
function centreOf(image: RawImage, side: number): RawImage {
  const { width, height, channels, data } = image;
  const [columns, rows] = [Math.min(width, side), Math.min(height, side)];
  const [left, top] = [(width - columns) >> 1, (height - rows) >> 1];
  const cut = new Uint8Array(columns * rows * channels);
  for (let y = 0; y < rows; y++) {
    const from = ((top + y) * width + left) * channels;
    cut.set(data.subarray(from, from + columns * channels), y * columns * channels);
  }
  return { ...image, data: cut, width: columns, height: rows };
}

/**
 * Computes the ideal bits a dimension of a model on held-out images, with the code and the defaults of `analyze`
 * (variance and clipping as in the model's scheduler). Noise and evaluated steps are the same in each call, so that
 * results within a training can be compared.
 *
 * @param bytes - a model file
 */
export async function validationBits(
  bytes: Uint8Array,
  planes: readonly NamedPlane[],
  { settings, backend }: { readonly settings: ValidationSettings; readonly backend: Backend },
): Promise<number> {
  const model = await loadUncalibratedModel(bytes, { backend, source: 'trained model' });
  try {
    const walk = analyzeModel(model, planes, { stride: settings.stride });
    for (;;) {
      const { done, value } = await walk.next();
      if (done) return value.codelength.total;
    }
  } finally {
    model.denoiser.dispose();
  }
}
