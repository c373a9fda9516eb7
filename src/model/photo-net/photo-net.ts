import type { BatchShape, DenoiseOptions, Denoiser, Posterior } from '../denoiser.ts';
import type { ModelFile } from '../weights/model-file.ts';
import type { PhotoNetwork } from './network-contract.ts';
import type { PhotoNetConfig } from './photo-net-config.ts';
import { COLOURS, unpackPosterior, writePatches } from './photo-net-pixels.ts';
import { readPhotoNetConfig, readPhotoNetWeights } from './photo-net-weights.ts';
import type { PlacedNetwork } from './program/placed-network.ts';
import { programNetwork } from './program/program-network.ts';

/** A photo-net in memory that threads share. Can be posted to other threads. */
export interface SharedPhotoNet {
  readonly config: PhotoNetConfig;
  readonly network: PlacedNetwork;
}

/** Range of sigma for which sigma^2 fits float32. Training covers only 0.004..60. */
const MIN_SIGMA = 1e-6;
const MAX_SIGMA = 1e6;

/**
 * Builds the default denoiser as a program of its own, which needs no tensor library.
 *
 * @param file - the weights, which are copied
 * @throws DdpmError `ERR_DDPM_MODEL_CORRUPT` if the config or a tensor does not fit the architecture; `ERR_DDPM_BACKEND` if this
 *   machine has no WebAssembly with SIMD and threads
 */
export function programPhotoNet(file: ModelFile): Denoiser {
  const config = readPhotoNetConfig(file);
  return new PhotoNet(config, programNetwork(readPhotoNetWeights(file, config)));
}

/** What height and width of images must be multiples of. */
export function sizeMultiple({ patch, widths }: PhotoNetConfig): number {
  return patch * 2 ** (widths.length - 1);
}

/** Adds preconditioning (Karras et al. 2022, table 1) and the packing of patches to a {@link PhotoNetwork}. */
export class PhotoNet implements Denoiser {
  readonly sizeMultiple: number;
  readonly fused: boolean;
  readonly #config: PhotoNetConfig;
  #network: PhotoNetwork | undefined;

  constructor(config: PhotoNetConfig, network: PhotoNetwork) {
    this.sizeMultiple = sizeMultiple(config);
    this.fused = network.fused;
    this.#config = config;
    this.#network = network;
  }

  async denoise(
    y: Float32Array,
    shape: BatchShape,
    sigma: number,
    { exact = true }: DenoiseOptions = {},
  ): Promise<Posterior> {
    if (!this.#network) throw new TypeError('this denoiser was disposed or shared');
    checkInput(y, shape, sigma, this.sizeMultiple);
    const { patch, sigmaData } = this.#config;
    const den = Math.sqrt(sigma * sigma + sigmaData * sigmaData);
    const output = (sigma * sigmaData) / den;
    const positions = { batch: shape.batch, height: shape.height / patch, width: shape.width / patch };
    const answer = this.#network.run({ positions, sigma, output, exact }, (input) =>
      writePatches(y, shape, { patch, scale: 1 / den }, input),
    );
    // An answer at hand is read before anything else can run the network again, which overwrites it.
    const { patches, logOutput } = answer instanceof Promise ? await answer : answer;
    const scale = { skip: (sigmaData * sigmaData) / (den * den), output, logVariance: 2 * logOutput };
    return unpackPosterior(patches, y, shape, { patch, scale });
  }

  /**
   * Gives the network away to threads that share it: this denoiser cannot be used afterwards.
   *
   * @returns what joined-photo-net.ts needs; undefined if threads cannot share it, and the denoiser stays as it is
   */
  share(): SharedPhotoNet | undefined {
    const network = this.#network?.share?.();
    if (!network) return undefined;
    this.#network = undefined;
    return { config: this.#config, network };
  }

  dispose(): void {
    this.#network?.dispose();
    this.#network = undefined;
  }
}

function checkInput(y: Float32Array, shape: BatchShape, sigma: number, sizeMultiple: number): void {
  const { batch, height, width } = shape;
  if (!Number.isSafeInteger(batch) || batch < 1) {
    throw new RangeError(`"shape.batch" expected a positive integer, got ${batch}`);
  }
  for (const [name, size] of Object.entries({ height, width })) {
    if (!Number.isSafeInteger(size) || size < 1 || size % sizeMultiple !== 0) {
      throw new RangeError(`"shape.${name}" expected a positive multiple of ${sizeMultiple}, got ${size}`);
    }
  }
  if (y.length !== batch * height * width * COLOURS) {
    throw new RangeError(`"y" expected ${batch * height * width * COLOURS} values for its shape, got ${y.length}`);
  }
  if (!(sigma >= MIN_SIGMA && sigma <= MAX_SIGMA)) {
    throw new RangeError(`"sigma" expected a number ${MIN_SIGMA}..${MAX_SIGMA}, got ${sigma}`);
  }
}
