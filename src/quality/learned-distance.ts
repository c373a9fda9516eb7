/** LPIPS and DISTS: distances between pictures by networks whose weights the user brings. */
import { DdpmError } from '../base/errors.ts';
import type { RawImage } from '../image/raw-image.ts';
import { assertSameShape } from '../image/structural-similarity.ts';
import {
  formatShape,
  type OnnxNetwork,
  type OnnxOptions,
  type OnnxPort,
  type OnnxTensor,
  openOnnxNetwork,
} from '../onnx/onnx-network.ts';
import { BACKGROUNDS, blended } from './backgrounds.ts';

/** A measure of distance that is ready. */
export interface LearnedDistance {
  /**
   * The distance between two sRGB pictures: 0 for equal ones. Grey is taken as R = G = B; with alpha, the result is the larger one of those on
   * a dark and on a bright background. Blocks this thread while the network computes.
   *
   * @param original - the picture as it should be
   * @param distorted - of the same width, height and channels
   * @returns null if a side is below 32 pixels
   * @throws RangeError if the pictures differ in shape, or have another number of samples than it says; DdpmError `ERR_DDPM_INPUT` if the
   *   network takes another size alone, `ERR_DDPM_MODEL_CORRUPT` if it fails or gives no number, `ERR_DDPM_LIMIT` if it needs more memory
   *   than WebAssembly has (4 GiB)
   */
  compare(original: RawImage, distorted: RawImage): Promise<number | null>;
  /** Frees the memory of the network. */
  close(): Promise<void>;
}

/** Smallest side: below it the networks of LPIPS have no samples left. */
const SMALLEST_SIDE = 32;
const WHAT = 'two inputs [n, 3, height, width] and one number as output';

/**
 * Opens LPIPS (Zhang et al. 2018): any network that takes the original and the distorted picture as RGB in -1..1, NCHW, and gives one number.
 * docs/quality.md says how to make the file with the package `lpips`.
 *
 * @param model - an ONNX file
 * @throws TypeError or RangeError if an argument is wrong; DdpmError `ERR_DDPM_MODEL_CORRUPT` if it is no ONNX model, cannot be run, has its
 *   weights in other files, or has other inputs or outputs; `ERR_DDPM_LIMIT` if it needs more memory than WebAssembly has (4 GiB);
 *   `ERR_DDPM_DEPENDENCY` without the package onnxruntime-web
 */
export function openLpips(model: Uint8Array, options: OnnxOptions): Promise<LearnedDistance> {
  return open(model, options, (value) => 2 * value - 1);
}

/**
 * Opens DISTS (Ding et al. 2020): any network that takes the original and the distorted picture as RGB in 0..1, NCHW, and gives one number.
 * docs/quality.md says how to make the file with the package `DISTS_pytorch`.
 *
 * @param model - an ONNX file
 * @throws TypeError or RangeError if an argument is wrong; DdpmError `ERR_DDPM_MODEL_CORRUPT` if it is no ONNX model, cannot be run, has its
 *   weights in other files, or has other inputs or outputs; `ERR_DDPM_LIMIT` if it needs more memory than WebAssembly has (4 GiB);
 *   `ERR_DDPM_DEPENDENCY` without the package onnxruntime-web
 */
export function openDists(model: Uint8Array, options: OnnxOptions): Promise<LearnedDistance> {
  return open(model, options, (value) => value);
}

/** @param scale - from 0..1 to what the network takes */
async function open(
  model: Uint8Array,
  options: OnnxOptions,
  scale: (value: number) => number,
): Promise<LearnedDistance> {
  const network = await openOnnxNetwork(model, options);
  const { inputs, outputs } = network;
  if (inputs.length !== 2 || !inputs.every(takesPictures) || outputs.length === 0) {
    const found = `inputs ${portsText(inputs)} and outputs ${portsText(outputs)}`;
    await network.close();
    throw new DdpmError('ERR_DDPM_MODEL_CORRUPT', `${options.source}: expected ${WHAT}, got ${found}`);
  }
  return new NetworkDistance(network, options.source, scale);
}

function takesPictures({ shape }: OnnxPort): boolean {
  return shape.length === 4 && [1, 3].every((size, d) => size === (shape[d] ?? size));
}

function portsText(ports: readonly OnnxPort[]): string {
  return ports.map(({ name, shape }) => `"${name}" ${formatShape(shape)}`).join(', ') || 'none';
}

class NetworkDistance implements LearnedDistance {
  readonly #network: OnnxNetwork;
  readonly #source: string;
  readonly #scale: (value: number) => number;

  constructor(network: OnnxNetwork, source: string, scale: (value: number) => number) {
    this.#network = network;
    this.#source = source;
    this.#scale = scale;
  }

  async compare(original: RawImage, distorted: RawImage): Promise<number | null> {
    assertSameShape(original, distorted);
    const { width, height, channels } = original;
    if (Math.min(width, height) < SMALLEST_SIDE) return null;
    this.#assertTakes(width, height);
    const distances: number[] = [];
    for (const background of channels % 2 === 0 ? BACKGROUNDS : BACKGROUNDS.slice(0, 1)) {
      const tensors = [original, distorted].map((image) => this.#tensorOf(image, background));
      distances.push(this.#numberOf((await this.#network.run(tensors))[0]));
    }
    return Math.max(...distances);
  }

  close(): Promise<void> {
    return this.#network.close();
  }

  #assertTakes(width: number, height: number): void {
    const [, , high, wide] = this.#network.inputs[0].shape;
    if ((high ?? height) === height && (wide ?? width) === width) return;
    const size = `${wide ?? 'any'} x ${high ?? 'any'}`;
    throw new DdpmError(
      'ERR_DDPM_INPUT',
      `${this.#source} takes pictures of ${size} pixels, and these have ${width} x ${height}; export it with dynamic axes for height and width`,
    );
  }

  /** @param background - of pictures with alpha */
  #tensorOf({ data, width, height, channels }: RawImage, background: number): OnnxTensor {
    const pixels = width * height;
    const values = new Float32Array(3 * pixels);
    const hasAlpha = channels % 2 === 0;
    for (let channel = 0; channel < 3; channel++) {
      const from = channels > 2 ? channel : 0;
      for (let p = 0; p < pixels; p++) {
        const alpha = hasAlpha ? data[p * channels + channels - 1] : 255;
        values[channel * pixels + p] = this.#scale(blended(data[p * channels + from], alpha, background));
      }
    }
    return { data: values, shape: [1, 3, height, width] };
  }

  #numberOf({ data, shape }: OnnxTensor): number {
    if (data.length === 1 && Number.isFinite(data[0])) return data[0];
    const got = data.length === 1 ? String(data[0]) : `shape ${formatShape(shape)}`;
    throw new DdpmError('ERR_DDPM_MODEL_CORRUPT', `${this.#source}: expected ${WHAT}, got ${got}`);
  }
}
