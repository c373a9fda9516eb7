import { analyzeModel } from '../analysis/analyze-model.ts';
import { type NamedPlane, planeOfImage } from '../analysis/image-planes.ts';
import type { RawImage } from '../image/raw-image.ts';
import type { Backend } from '../model/backends/backend.ts';
import { loadUncalibratedModel } from '../model/weights/load-model.ts';
import type { ValidationSettings } from './training-config.ts';

/** Held-out images as the analysis takes them: the centre of each, `crop` pixels wide and high. */
export function validationPlanes(images: readonly RawImage[], count: number, crop: number): NamedPlane[] {
  return images.slice(0, count).map((image, i) => planeOfImage(centreOf(image, crop), `image ${i + 1}`, crop));
}

/** At most `side` pixels of each direction, from the middle. */
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
 * Ideal bits a dimension of a model on held-out images, by the code of `analyze` with its defaults (variance and clipping are the
 * scheduler's); noise and evaluated steps are the same each time, so that figures of one training can be compared.
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
