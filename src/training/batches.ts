/**
 * Draws the batch of each training step: random images, cropped and flipped. The batch depends only on the seed and the
 * step.
 */

import { DdpmError } from '../base/errors.ts';
import type { RawImage } from '../image/raw-image.ts';
import type { ExampleBatch } from '../model/training/trainable-network.ts';
import { permutation, uniformOf } from '../model/training/training-random.ts';

/** Settings of {@link Batches}. */
export interface BatchSettings {
  /** Number of examples in a batch. */
  readonly batch: number;
  /** Side of the square crops, in pixels. */
  readonly crop: number;
  /** Whether half of the crops are mirrored, left to right. */
  readonly flips: boolean;
  readonly seed: number;
}

/** Draws batches. Each epoch uses every image once, in a random order. */
export class Batches {
  readonly #images: readonly RawImage[];
  readonly #settings: BatchSettings;
  #epoch = -1;
  #order: Uint32Array = new Uint32Array(0);

  /**
   * @param images - 8 bits a sample. Grey images are used as RGB with three equal colours; alpha is ignored
   * @throws DdpmError `ERR_DDPM_INPUT` if the list is empty, or an image is smaller than a crop
   */
  constructor(images: readonly (RawImage & { readonly name?: string })[], settings: BatchSettings) {
    if (images.length === 0) throw new DdpmError('ERR_DDPM_INPUT', 'no images to train on');
    const { crop } = settings;
    const small = images.findIndex(({ width, height }) => width < crop || height < crop);
    if (small !== -1) {
      const { width, height, name = `image ${small + 1}` } = images[small];
      throw new DdpmError('ERR_DDPM_INPUT', `${name}: ${width} x ${height} pixels, smaller than the crops of ${crop}`);
    }
    this.#images = images;
    this.#settings = settings;
  }

  /** @param step - 0-based */
  batchOf(step: number): ExampleBatch {
    const { batch, crop } = this.#settings;
    const samples = crop * crop * 3;
    const images = new Float32Array(batch * samples);
    for (let i = 0; i < batch; i++) {
      this.#copy(step * batch + i, images.subarray(i * samples, (i + 1) * samples));
    }
    return { images, shape: { batch, height: crop, width: crop }, step, first: 0, total: batch };
  }

  /** Crops and flips one example, and scales it to [-1, 1]. */
  #copy(example: number, to: Float32Array): void {
    const { crop, flips, seed } = this.#settings;
    const uniform = uniformOf(seed, 'example', example);
    const { data, width, height, channels } = this.#images[this.#imageOf(example)];
    const left = Math.floor(uniform() * (width - crop + 1));
    const top = Math.floor(uniform() * (height - crop + 1));
    const isFlipped = flips && uniform() < 0.5;
    const [green, blue] = channels >= 3 ? [1, 2] : [0, 0];
    for (let y = 0, at = 0; y < crop; y++) {
      for (let x = 0; x < crop; x++, at += 3) {
        const column = left + (isFlipped ? crop - 1 - x : x);
        const from = ((top + y) * width + column) * channels;
        to[at] = data[from] / 127.5 - 1;
        to[at + 1] = data[from + green] / 127.5 - 1;
        to[at + 2] = data[from + blue] / 127.5 - 1;
      }
    }
  }

  /** Index of the image that an example shows. Examples are numbered over all steps. */
  #imageOf(example: number): number {
    const count = this.#images.length;
    const epoch = Math.floor(example / count);
    if (epoch !== this.#epoch) {
      this.#order = permutation(count, uniformOf(this.#settings.seed, 'epoch', epoch));
      this.#epoch = epoch;
    }
    return this.#order[example % count];
  }
}
