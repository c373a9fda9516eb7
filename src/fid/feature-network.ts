import { checkChoice, checkKeys, checkNumber } from '../base/check-options.ts';
import { DdpmError } from '../base/errors.ts';
import { cubicResize } from '../image/cubic-resize.ts';
import { checkRawImage, type RawImage } from '../image/raw-image.ts';
import { sha256 } from '../model/weights/model-id.ts';
import {
  formatShape,
  type OnnxNetwork,
  type OnnxPort,
  type OnnxTensor,
  openOnnxNetwork,
} from '../onnx/onnx-network.ts';
import { type Extraction, INPUT_RANGES, type InputRange } from './extraction.ts';
import type { FeatureSet } from './feature-statistics.ts';

/** Options of {@link openFeatureNetwork}. */
export interface FeatureNetworkOptions {
  /** Name of the network's file, for messages and in saved statistics. */
  readonly source: string;
  /** Values that the samples 0 and 255 get; default `0..1`. */
  readonly range?: InputRange;
  /**
   * Side in pixels that pictures are resized to, 1..4096, for a network that takes any size; default: each picture keeps
   * its own.
   */
  readonly size?: number;
  /** Name of the output with the features; needed if there are several. */
  readonly output?: string;
  /** Threads that compute, 1..64; default 1. See `OnnxOptions`. */
  readonly threads?: number;
}

/** A network that makes features of pictures. */
export interface FeatureNetwork {
  /** How the features are made. */
  readonly extraction: Extraction;
  /** Number of features of a picture; null if the file does not say. */
  readonly dims: number | null;
  /** Pictures that the network takes at a time; null: any number. */
  readonly batch: number | null;
  /**
   * Makes the features of pictures: resizes them by an antialiased cubic kernel, unless each keeps its size, runs the network, and
   * takes the mean over the area where the output has one.
   *
   * @param images - at least 1, at most `batch`; of one size, if each keeps its own
   * @throws DdpmError `ERR_DDPM_MODEL_CORRUPT` if the network fails or gives no features, `ERR_DDPM_LIMIT` if it needs
   *   too much memory; TypeError or RangeError for wrong images
   */
  features(images: readonly RawImage[]): Promise<FeatureSet>;
  /** Frees the memory of the network. */
  close(): Promise<void>;
}

/** Sample 0 becomes `offset`, and sample 255 becomes 255 * `scale` + `offset`. */
const SCALES: Readonly<Record<InputRange, { readonly scale: number; readonly offset: number }>> = {
  '0..1': { scale: 1 / 255, offset: 0 },
  '-1..1': { scale: 2 / 255, offset: -1 },
  '0..255': { scale: 1, offset: 0 },
};

const MAX_SIZE = 4096;
/** Most features of a picture: their covariance has the square of that. */
const MAX_DIMS = 16384;

/**
 * Opens an ONNX network that makes features, such as FID's Inception (docs/generative.md says how to export it). Its one input takes
 * pictures as [n, 3, height, width] or [n, height, width, 3] of float32; sizes may be left open. The output has features as [n,
 * d], or as [n, d, h, w] (or [n, h, w, d], as the input) of which the mean over the area is taken.
 *
 * @param model - the ONNX file
 * @throws TypeError or RangeError for a wrong option, `size` for a network of a fixed size among them; DdpmError
 *   `ERR_DDPM_MODEL_CORRUPT` if the file is no network of that form; otherwise as `openOnnxNetwork`
 */
export async function openFeatureNetwork(model: Uint8Array, options: FeatureNetworkOptions): Promise<FeatureNetwork> {
  checkKeys(options, ['source', 'range', 'size', 'output', 'threads']);
  const { source, threads = 1 } = options;
  const range = checkChoice('range', options.range, INPUT_RANGES) ?? '0..1';
  const size = checkNumber('size', options.size, { min: 1, max: MAX_SIZE, integer: true });
  const network = await openOnnxNetwork(model, { source, threads });
  try {
    const input = inputOf(network, source);
    const output = outputOf(network, source, options.output);
    const sides = sizeOf(input, size, source);
    const extraction: Extraction = {
      network: source.replace(/^.*[\\/]/, ''),
      sha256: await sha256(model),
      output: network.outputs[output].name,
      size: sides,
      range,
    };
    return new OnnxFeatureNetwork(network, { source, input, output, extraction });
  } catch (error) {
    await network.close();
    throw error;
  }
}

/** What the network's input says. */
interface Input {
  readonly batch: number | null;
  readonly height: number | null;
  readonly width: number | null;
  /** Whether channels come before rows. */
  readonly channelsFirst: boolean;
}

class OnnxFeatureNetwork implements FeatureNetwork {
  readonly extraction: Extraction;
  readonly dims: number | null;
  readonly batch: number | null;
  readonly #network: OnnxNetwork;
  readonly #source: string;
  readonly #input: Input;
  readonly #output: number;

  constructor(
    network: OnnxNetwork,
    about: { readonly source: string; readonly input: Input; readonly output: number; readonly extraction: Extraction },
  ) {
    this.#network = network;
    this.#source = about.source;
    this.#input = about.input;
    this.#output = about.output;
    this.extraction = about.extraction;
    this.batch = about.input.batch;
    const { shape } = network.outputs[about.output];
    this.dims = shape[about.input.channelsFirst ? 1 : shape.length - 1] ?? null;
  }

  async features(images: readonly RawImage[]): Promise<FeatureSet> {
    const most = this.batch ?? Number.POSITIVE_INFINITY;
    if (images.length === 0 || images.length > most) {
      throw new RangeError(
        `"images" expected 1 or more${this.batch === null ? '' : `, at most ${most}`}, got ${images.length}`,
      );
    }
    for (const image of images) checkRawImage(image);
    const results = await this.#network.run([this.#tensorOf(images)]);
    const { data, shape } = pooled(results[this.#output], this.#input.channelsFirst, this.#source);
    const [count, dims] = shape;
    if (count < images.length) {
      throw noFeatures(this.#source, `${images.length} pictures give an output of shape ${formatShape(shape)}`);
    }
    if (dims > MAX_DIMS) throw noFeatures(this.#source, `${dims} features; at most ${MAX_DIMS} are taken`);
    const found = data.subarray(0, images.length * dims);
    if (!found.every((value) => Number.isFinite(value))) {
      const remedy = 'Check that --range and the picture size are what the network was made for';
      throw noFeatures(this.#source, `it gives features that are not finite. ${remedy}`);
    }
    return { count: images.length, dims, data: found };
  }

  close(): Promise<void> {
    return this.#network.close();
  }

  #tensorOf(images: readonly RawImage[]): OnnxTensor {
    const { channelsFirst } = this.#input;
    const [width, height] = this.extraction.size ?? [images[0].width, images[0].height];
    const batch = this.batch ?? images.length;
    const { scale, offset } = SCALES[this.extraction.range];
    const pixels = width * height;
    // Of a network with a fixed batch, places without a picture stay 0.
    const data = new Float32Array(batch * pixels * 3);
    for (const [i, image] of images.entries()) {
      if (!this.extraction.size && (image.width !== width || image.height !== height)) {
        throw new RangeError('"images" expected one size, as the network takes them as they are');
      }
      const samples = cubicResize(image, { width, height });
      const start = i * pixels * 3;
      for (let p = 0; p < pixels; p++) {
        for (let c = 0; c < 3; c++) {
          data[start + (channelsFirst ? c * pixels + p : p * 3 + c)] = samples[p * 3 + c] * scale + offset;
        }
      }
    }
    return { data, shape: channelsFirst ? [batch, 3, height, width] : [batch, height, width, 3] };
  }
}

function inputOf({ inputs }: OnnxNetwork, source: string): Input {
  const [{ name = '', shape = [] } = {}] = inputs as readonly Partial<OnnxPort>[];
  const fits = (axis: number): boolean => shape[axis] === 3 || shape[axis] === null;
  if (inputs.length !== 1 || shape.length !== 4 || !(fits(1) || fits(3))) {
    const list = inputs.map((port) => `${port.name} ${formatShape(port.shape)}`).join(', ');
    throw noFeatures(
      source,
      `its inputs are ${list}; expected one of shape [n, 3, height, width] or [n, height, width, 3]`,
    );
  }
  // Where both could be channels, they come first, as in networks of PyTorch.
  const channelsFirst = shape[1] === 3 || (shape[1] === null && shape[3] !== 3);
  const [batch, a, b, c] = shape;
  const [height, width] = channelsFirst ? [b, c] : [a, b];
  if ([batch, height, width].includes(0)) throw noFeatures(source, `its input ${name} is empty: ${formatShape(shape)}`);
  return { batch, height, width, channelsFirst };
}

function sizeOf({ height, width }: Input, size: number | undefined, source: string): [number, number] | null {
  if (height === null && width === null) return size === undefined ? null : [size, size];
  if (height === null || width === null) {
    throw noFeatures(source, 'its input leaves one of width and height open; export it with both fixed, or both open');
  }
  if (size !== undefined && (size !== width || size !== height)) {
    throw new RangeError(`"size" expected ${width} x ${height} as ${source} has, or none, got ${size}`);
  }
  return [width, height];
}

function outputOf({ outputs }: OnnxNetwork, source: string, wanted: string | undefined): number {
  const names = outputs.map(({ name }) => name);
  if (wanted === undefined) {
    if (outputs.length === 1) return 0;
    throw new RangeError(`"output" expected one of ${names.join(', ')}, as ${source} has ${outputs.length} outputs`);
  }
  const found = names.indexOf(wanted);
  if (found < 0) throw new RangeError(`"output" expected one of ${names.join(', ')} of ${source}, got ${wanted}`);
  return found;
}

/** The output as [n, d]. */
function pooled({ data, shape }: OnnxTensor, channelsFirst: boolean, source: string): OnnxTensor {
  if (shape.length === 2 && data.length > 0) return { data, shape };
  if (shape.length !== 4 || data.length === 0) {
    throw noFeatures(source, `its output has shape ${formatShape(shape)}; expected [n, d] or, to be averaged, 4 axes`);
  }
  const [count, a, b, c] = shape;
  const [dims, area] = channelsFirst ? [a, b * c] : [c, a * b];
  const means = new Float32Array(count * dims);
  for (let i = 0; i < count; i++) {
    for (let d = 0; d < dims; d++) {
      let sum = 0;
      for (let p = 0; p < area; p++) sum += data[channelsFirst ? (i * dims + d) * area + p : (i * area + p) * dims + d];
      means[i * dims + d] = sum / area;
    }
  }
  return { data: means, shape: [count, dims] };
}

function noFeatures(source: string, why: string): DdpmError {
  return new DdpmError('ERR_DDPM_MODEL_CORRUPT', `${source}: ${why}`);
}
