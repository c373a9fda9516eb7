/** Converts images to the planes that the analysis uses, and batches back to images. */

import { DdpmError } from '../base/errors.ts';
import type { RawImage } from '../image/raw-image.ts';

/** An image as floating-point samples, with its name. */
export interface NamedPlane {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** Interleaved RGB in [-1, 1], rows from top to bottom, width * height * 3 samples. */
  readonly data: Float32Array;
}

/** CIFAR-10, binary version: one label byte, then 1024 bytes each of red, green and blue. */
const CIFAR_SIDE = 32;
const CIFAR_RECORD = 1 + 3 * CIFAR_SIDE * CIFAR_SIDE;

/**
 * Reads the images of a CIFAR-10 file, binary version (`data_batch_1.bin`, `test_batch.bin`).
 *
 * @param bytes - whole records of 3073 bytes
 * @param options - `source`: name of the file, for error messages; `limit`: largest number of images
 * @throws DdpmError `ERR_DDPM_INPUT` if the file is empty or its length is not a multiple of a record
 */
export function readCifar10(
  bytes: Uint8Array,
  options: { readonly source?: string; readonly limit?: number } = {},
): RawImage[] {
  const { source = 'input', limit = Number.POSITIVE_INFINITY } = options;
  if (bytes.length === 0 || bytes.length % CIFAR_RECORD !== 0) {
    const why = `${bytes.length} bytes are not a whole number of CIFAR-10 records of ${CIFAR_RECORD}`;
    throw new DdpmError('ERR_DDPM_INPUT', `${source}: ${why}. Give a file of the binary version, e.g. test_batch.bin`);
  }
  const count = Math.min(bytes.length / CIFAR_RECORD, limit);
  return Array.from({ length: count }, (_, i) => cifarImage(bytes.subarray(i * CIFAR_RECORD + 1)));
}

function cifarImage(planes: Uint8Array): RawImage {
  const pixels = CIFAR_SIDE * CIFAR_SIDE;
  const data = Uint8Array.from({ length: pixels * 3 }, (_, i) => planes[(i % 3) * pixels + Math.floor(i / 3)]);
  return { data, width: CIFAR_SIDE, height: CIFAR_SIDE, channels: 3 };
}

/**
 * Converts an image for the model: takes the largest centred part whose width and height are multiples of `multiple`.
 * Grey becomes three equal channels; alpha is ignored.
 *
 * @throws DdpmError `ERR_DDPM_INPUT` if the image is smaller than `multiple`
 */
export function planeOfImage(image: RawImage, name: string, multiple: number): NamedPlane {
  const width = image.width - (image.width % multiple);
  const height = image.height - (image.height % multiple);
  if (width === 0 || height === 0) {
    const size = `${image.width} x ${image.height} pixels`;
    throw new DdpmError('ERR_DDPM_INPUT', `${name}: ${size}, smaller than the model's ${multiple} x ${multiple}`);
  }
  const { channels } = image;
  const left = (image.width - width) >> 1;
  const top = (image.height - height) >> 1;
  const data = new Float32Array(width * height * 3);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = ((top + y) * image.width + left + x) * channels;
      for (let c = 0; c < 3; c++) data[at++] = image.data[from + (channels >= 3 ? c : 0)] / 127.5 - 1;
    }
  }
  return { name, width, height, data };
}

/** Converts one image of a batch to 8 bits. Values outside [-1, 1] are clamped. */
export function pictureOfBatch(
  batch: Float32Array,
  size: { readonly width: number; readonly height: number },
  image: number,
): RawImage {
  const samples = size.width * size.height * 3;
  const data = new Uint8Array(samples);
  for (let i = 0; i < samples; i++) {
    data[i] = Math.min(Math.max(Math.round((batch[image * samples + i] + 1) * 127.5), 0), 255);
  }
  return { data, width: size.width, height: size.height, channels: 3 };
}
