/** The default model's network for the rivals: its weights, its graph, and what is around the graph. */
import { type Posterior, parseSafetensors, type Tensor } from 'ddpm-codec/model';
import { DEFAULT_MODEL, defaultWeights } from '../../default-model.ts';

/** Number of frequencies of the noise-level embedding, and the first and the last. */
const FREQUENCIES = { count: 16, first: 0.3, last: 8 } as const;
const COLOURS = 3;

/** Computes the network of a window of y at a noise level. */
export type Denoise = (y: Float32Array, size: Window, sigma: number) => Promise<Posterior>;

/** Size of a window in pixels. */
export interface Window {
  readonly height: number;
  readonly width: number;
}

/** FiLM of a residual block at one noise level: x * gain + shift, by channel. */
export interface Film {
  readonly gain: Float32Array;
  readonly shift: Float32Array;
}

/** The operations of the graph. Layers are named as in the weights file, without `.weight` and `.bias`. */
export interface Operations<T> {
  /** Convolution with bias: of 3x3 with zero padding and stride 1, of 2x2 with stride 2. */
  convolve(x: T, layer: string): T;
  /** Transposed convolution of 2x2 with stride 2 and bias. */
  raise(x: T, layer: string): T;
  /** max(0, x * gain + shift). */
  modulate(x: T, block: string): T;
  add(a: T, b: T): T;
  rectify(x: T): T;
  /** Runs a part of the graph and frees all that it made but the result. */
  scope(part: () => T): T;
}

interface Config {
  readonly widths: readonly number[];
  readonly blocks: readonly number[];
  readonly patch: number;
  readonly sigma_data: number;
}

/** The default model's network. */
export class PhotoNetwork {
  readonly config: Config;
  readonly #tensors: ReadonlyMap<string, Tensor>;

  constructor() {
    const { tensors, metadata } = parseSafetensors(defaultWeights(), DEFAULT_MODEL.name);
    this.config = JSON.parse(metadata.config as string) as Config;
    this.#tensors = tensors;
  }

  /** A tensor of the weights file, in PyTorch's layout. */
  tensor(name: string): Tensor {
    const tensor = this.#tensors.get(name);
    if (!tensor) throw new Error(`the model has no tensor ${name}`);
    return tensor;
  }

  /** Channels that the graph takes. It gives twice as many. */
  get inputs(): number {
    return COLOURS * this.config.patch ** 2;
  }

  /** Builds or runs the graph. */
  apply<T>(input: T, operations: Operations<T>): T {
    const { widths } = this.config;
    const coarsest = widths.length - 1;
    const skips: T[] = [];
    let h = operations.convolve(input, 'conv_in');
    for (let level = 0; level < coarsest; level++) {
      h = this.#blocks(h, `enc.${level}`, operations);
      skips.push(h);
      h = operations.convolve(h, `down.${level}`);
    }
    h = this.#blocks(h, `enc.${coarsest}`, operations);
    for (let level = coarsest - 1; level >= 0; level--) {
      const low = h;
      h = operations.scope(() => operations.add(operations.raise(low, `up.${level}`), skips[level] as T));
      h = this.#blocks(h, `dec.${level}`, operations);
    }
    return operations.convolve(operations.rectify(h), 'conv_out');
  }

  #blocks<T>(input: T, side: string, operations: Operations<T>): T {
    const blocks = this.config.blocks[Number(side.slice(4))] as number;
    let h = input;
    for (let i = 0; i < blocks; i++) {
      const x = h;
      const block = `${side}.${i}`;
      h = operations.scope(() => {
        const inner = operations.modulate(operations.convolve(x, `${block}.conv1`), block);
        return operations.add(x, operations.convolve(inner, `${block}.conv2`));
      });
    }
    return h;
  }

  /** FiLM of a block. */
  film(block: string, sigma: number): Film {
    const { count, first, last } = FREQUENCIES;
    const angles = Array.from({ length: count }, (_, i) => {
      return (Math.log(sigma) / 4) * first * (last / first) ** (i / (count - 1));
    });
    const features = [...angles.map(Math.sin), ...angles.map(Math.cos)];
    const embedding = ['embed.0', 'embed.1'].reduce((x, name) => this.#linear(x, name).map(silu), features);
    const values = this.#linear(embedding, `${block}.film`);
    const width = values.length / 2;
    return {
      gain: Float32Array.from(values.slice(0, width), (value) => 1 + value),
      shift: Float32Array.from(values.slice(width)),
    };
  }

  #linear(x: readonly number[], name: string): number[] {
    const { data } = this.tensor(`${name}.weight`);
    return Array.from(this.tensor(`${name}.bias`).data, (bias, row) =>
      x.reduce((sum, value, column) => sum + value * (data[row * x.length + column] as number), bias),
    );
  }

  /**
   * Makes a denoiser: scales y and packs its patches into channels, runs the graph, and makes the posterior of what it
   * gives.
   *
   * @param order - order of the axes of what `run` takes and gives
   * @param run - runs the graph
   */
  denoiser(
    order: AxisOrder,
    run: (input: Float32Array, size: Window, sigma: number) => Promise<Float32Array>,
  ): Denoise {
    return async (y, size, sigma) => {
      const { patch, sigma_data: sigmaData } = this.config;
      const den = Math.hypot(sigma, sigmaData);
      const output = (sigma * sigmaData) / den;
      const skip = (sigmaData / den) ** 2;
      const input = new Float32Array(y.length);
      eachSample(size, patch, order, this.inputs, (pixel, at) => {
        input[at] = (y[pixel] as number) / den;
      });
      const patches = { height: size.height / patch, width: size.width / patch };
      const values = await run(input, patches, sigma);
      const mean = new Float32Array(y.length);
      const logVariance = new Float32Array(y.length);
      // The variances are the second half of the channels.
      const second = order === 'NCHW' ? y.length : this.inputs;
      eachSample(size, patch, order, 2 * this.inputs, (pixel, at) => {
        mean[pixel] = skip * (y[pixel] as number) + output * (values[at] as number);
        logVariance[pixel] = 2 * Math.log(output) + (values[at + second] as number);
      });
      return { mean, logVariance };
    };
  }
}

/** Order of the axes of activations, outermost first. */
export type AxisOrder = 'NCHW' | 'NHWC';

function silu(x: number): number {
  return x / (1 + Math.exp(-x));
}

/**
 * Calls `each` with the place of each sample in an image (rows, columns, colours), and its place among the patches: the
 * position of the patch, and the channel colour * patch^2 + dy * patch + dx.
 */
function eachSample(
  { height, width }: Window,
  patch: number,
  order: AxisOrder,
  channels: number,
  each: (sample: number, at: number) => void,
): void {
  const columns = width / patch;
  const positions = (height / patch) * columns;
  const [positionStep, channelStep] = order === 'NCHW' ? [1, positions] : [channels, 1];
  for (let y = 0, sample = 0; y < height; y++) {
    const dy = y % patch;
    for (let x = 0; x < width; x++) {
      const dx = x % patch;
      const position = ((y - dy) / patch) * columns + (x - dx) / patch;
      const first = position * positionStep + (dy * patch + dx) * channelStep;
      for (let colour = 0; colour < COLOURS; colour++, sample++) {
        each(sample, first + colour * patch * patch * channelStep);
      }
    }
  }
}
