import * as tf from '@tensorflow/tfjs-core';
import type { Backend } from '../backends/backend.ts';
import { type Convolution, makeConvolution } from '../convolution/convolution.ts';
import type { BatchShape } from '../denoiser.ts';
import { denoiserOf, type EpsilonDenoiser, type EpsilonModel } from '../epsilon-denoiser.ts';
import type { NoiseSchedule } from '../schedule/noise-schedule.ts';
import { fromConfig } from '../schedule/scheduler-config.ts';
import type { ModelFile } from '../weights/model-file.ts';
import { unetEpsilon } from './unet.ts';
import { parseUnetConfig, type UnetConfig } from './unet-config.ts';
import { fromFileLayout, type UnetParameter, unetParameters } from './unet-parameters.ts';
import { unetStructure } from './unet-structure.ts';

/** Largest number of pixels in one run of the network. Larger runs take more memory, but not less time a pixel. */
const MAX_PIXELS = 8 * 32 * 32;
/**
 * The same on TensorFlow, for which a small run is little work: 64 images of 32x32 take 0.9 of the time of eight times 8 on two
 * cores.
 */
const MAX_TENSORFLOW_PIXELS = 64 * 32 * 32;
/**
 * Times are rounded to multiples of this, because the last bits of the logarithm in `timestepOf` differ between
 * engines.
 */
const TIME_STEP = 1 / 1024;

/**
 * Builds the paper's network from a model file. Its config must have the fields `unet`, as in the `config.json` of
 * diffusers' `UNet2DModel`, and `scheduler`, as in a `scheduler_config.json`.
 *
 * @param file - the weights
 * @param backend - runs the network; the weights are copied to it
 * @throws DdpmError `ERR_DDPM_MODEL_CORRUPT` if the config or a tensor does not fit the architecture
 */
export function createUnet(file: ModelFile, backend: Backend): EpsilonDenoiser {
  const config = parseUnetConfig(file.readObject('unet'), (message) => file.fail(message));
  const { schedule } = fromConfig(file.readObject('scheduler'), `${file.source}: config field scheduler`);
  const parameters = unetParameters(config);
  const values = parameters.map((parameter) =>
    fromFileLayout(parameter, file.read(parameter.name, parameter.fileShape)),
  );
  const layers = backend.run(() => makeLayers(config, parameters, values));
  const windowSize = config.sampleSize;
  return { ...denoiserOf(new UnetModel(config, schedule, layers, backend), { windowSize }), windowSize };
}

/** The weights on the backend. */
interface Layers {
  /** Convolutions that keep the size, by name of the layer. */
  readonly convolutions: ReadonlyMap<string, Convolution>;
  /** Parameters of all other layers, by name of the parameter. */
  readonly weights: ReadonlyMap<string, tf.Tensor>;
}

function makeLayers(config: UnetConfig, parameters: readonly UnetParameter[], values: readonly Float32Array[]): Layers {
  const valuesOf = new Map(parameters.map(({ name }, i) => [name, values[i] as Float32Array]));
  const halving = new Set(unetStructure(config).down.map(({ downsampler }) => downsampler));
  const convolutions = new Map<string, Convolution>();
  for (const { name, kind, shape } of parameters) {
    const layer = layerOf(name);
    if (kind !== 'convolution' || halving.has(layer)) continue;
    const [kernel, , input, output] = shape as [number, number, number, number];
    const [filter, bias] = [valuesOf.get(name), valuesOf.get(`${layer}.bias`)] as [Float32Array, Float32Array];
    const convolution = makeConvolution({ kernel, input, output, filter, bias });
    for (const tensor of convolution.tensors) tf.keep(tensor);
    convolutions.set(layer, convolution);
  }
  const others = parameters.filter(({ name }) => !convolutions.has(layerOf(name)));
  const tensor = ({ name, shape }: UnetParameter): tf.Tensor =>
    tf.tensor(valuesOf.get(name) as Float32Array, [...shape]);
  return { convolutions, weights: new Map(others.map((other) => [other.name, tf.keep(tensor(other))])) };
}

/** Name of the layer of a parameter: the name without its last part, `weight` or `bias`. */
function layerOf(name: string): string {
  return name.slice(0, name.lastIndexOf('.'));
}

/** Runs {@link unetEpsilon} with weights on a backend. */
class UnetModel implements EpsilonModel {
  readonly schedule: NoiseSchedule;
  readonly #config: UnetConfig;
  readonly #layers: Layers;
  readonly #backend: Backend;
  #disposed = false;

  constructor(config: UnetConfig, schedule: NoiseSchedule, layers: Layers, backend: Backend) {
    this.schedule = schedule;
    this.#config = config;
    this.#layers = layers;
    this.#backend = backend;
  }

  async predict(x: Float32Array, shape: BatchShape, t: number): Promise<Float32Array> {
    this.#check(x, shape, t);
    const { batch, height, width } = shape;
    const imageLength = height * width * 3;
    const pixels = this.#backend.name === 'tensorflow' ? MAX_TENSORFLOW_PIXELS : MAX_PIXELS;
    const images = Math.max(1, Math.floor(pixels / (height * width)));
    const epsilon = new Float32Array(x.length);
    for (let first = 0; first < batch; first += images) {
      const part = x.subarray(first * imageLength, (first + images) * imageLength);
      epsilon.set(await this.#run(part, { height, width }, t), first * imageLength);
    }
    return epsilon;
  }

  async #run(x: Float32Array, size: Omit<BatchShape, 'batch'>, t: number): Promise<Float32Array> {
    const { height, width } = size;
    const time = Math.round((t - 1) / TIME_STEP) * TIME_STEP;
    // All tensor operations run synchronously, because concurrent calls share tfjs's global state.
    const { weights, convolutions } = this.#layers;
    const output = this.#backend.run(() => {
      const input = tf.tensor4d(x, [x.length / (height * width * 3), height, width, 3]);
      const lookUp = (name: string): tf.Tensor => weights.get(name) as tf.Tensor;
      return unetEpsilon(this.#config, lookUp, input, tf.tensor1d([time]), { convolutions });
    });
    const values = (await output.data()) as Float32Array;
    output.dispose();
    return values;
  }

  #check(x: Float32Array, { batch, height, width }: BatchShape, t: number): void {
    if (this.#disposed) throw new TypeError('this model was disposed');
    if (!Number.isSafeInteger(batch) || batch < 1) {
      throw new RangeError(`"shape.batch" expected a positive integer, got ${batch}`);
    }
    const multiple = 2 ** (this.#config.blockOutChannels.length - 1);
    for (const [name, size] of Object.entries({ height, width })) {
      if (!Number.isSafeInteger(size) || size < 1 || size % multiple !== 0) {
        throw new RangeError(`"shape.${name}" expected a positive multiple of ${multiple}, got ${size}`);
      }
    }
    if (x.length !== batch * height * width * 3) {
      throw new RangeError(`"x" expected ${batch * height * width * 3} values for its shape, got ${x.length}`);
    }
    if (!(t >= 1 && t <= this.schedule.T)) throw new RangeError(`"t" expected 1..${this.schedule.T}, got ${t}`);
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    const { weights, convolutions } = this.#layers;
    tf.dispose([...weights.values(), ...[...convolutions.values()].flatMap(({ tensors }) => tensors)]);
  }
}
