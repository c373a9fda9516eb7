import * as tf from '@tensorflow/tfjs-core';
import type { PhotoNetConfig } from '../photo-net/photo-net-config.ts';
import { COLOURS, packPatches } from '../photo-net/photo-net-pixels.ts';
import type { PhotoObjective } from './objectives.ts';
import type { Parameter } from './parameter-layout.ts';
import { photoOutput } from './photo-output.ts';
import { photoParameters } from './photo-parameters.ts';
import type { ExampleBatch, TrainableNetwork, Weights } from './trainable-network.ts';
import { fillGaussian, stratified, uniformOf } from './training-random.ts';

/** Everything that defines the training of a photo-net, except its images. */
export interface PhotoTrainingOptions {
  readonly config: PhotoNetConfig;
  readonly objective: PhotoObjective;
  readonly seed: number;
  /** Config to store in the weights file. */
  readonly modelConfig: Readonly<Record<string, unknown>>;
}

/** G is clamped to these bounds, so that exp(-G) cannot overflow. */
const LOG_VARIANCE_BOUNDS = [-12, 6] as const;
/**
 * Factor of the initial weights of the second convolution of a residual block; makes a block start near the identity.
 */
const RESIDUAL_START = 0.1;

/** Makes a photo-net (see photo-net.ts) for training, with a noise level of its own for each image. */
export function photoNetwork(options: PhotoTrainingOptions): TrainableNetwork {
  return new PhotoNetwork(options);
}

class PhotoNetwork implements TrainableNetwork {
  readonly parameters: readonly Parameter[];
  readonly sizeMultiple: number;
  readonly #options: PhotoTrainingOptions;

  constructor(options: PhotoTrainingOptions) {
    const { config } = options;
    this.parameters = photoParameters(config);
    this.sizeMultiple = config.patch * 2 ** (config.widths.length - 1);
    this.#options = options;
  }

  /** 1 / sqrt(fan in), PyTorch's default for convolutions and linear layers. Biases start at 0. */
  initialBound({ name, kind, fileShape }: Parameter): number {
    const [outputs = 1, inputs = 1, ...sides] = fileShape;
    const area = sides.reduce((product, side) => product * side, 1);
    const fanIn = area * (kind === 'transposed-convolution' ? outputs : inputs);
    return (name.endsWith('.conv2.weight') ? RESIDUAL_START : 1) / Math.sqrt(fanIn);
  }

  prepare(batch: ExampleBatch): (weights: Weights) => tf.Scalar {
    const { config, objective } = this.#options;
    const { sigmas, y } = this.#noisy(batch);
    const { batch: count, height, width } = batch.shape;
    const { patch, sigmaData } = config;
    const samples = height * width * 3;
    const input = new Float32Array(y.length);
    const target = new Float32Array(y.length);
    for (let i = 0; i < count; i++) {
      const variance = sigmas[i] * sigmas[i] + sigmaData * sigmaData;
      const den = Math.sqrt(variance);
      const skip = (sigmaData * sigmaData) / variance;
      const output = (sigmas[i] * sigmaData) / den;
      for (let k = i * samples; k < (i + 1) * samples; k++) {
        input[k] = y[k] / den;
        target[k] = (batch.images[k] - skip * y[k]) / output;
      }
    }
    const packed = packPatches(input, batch.shape, patch, 1);
    const packedTarget = packPatches(target, batch.shape, patch, 1);
    const size: [number, number, number, number] = [count, height / patch, width / patch, COLOURS * patch * patch];
    return (weights) => {
      const output = photoOutput(config, weights, tf.tensor4d(packed, size), sigmas);
      return photoLoss(output, tf.tensor4d(packedTarget, size), objective.likelihoodWeight, batch.total * samples);
    };
  }

  /** Draws noise levels and noise: y = x + sigma n. */
  #noisy({ images, shape, step, first, total }: ExampleBatch): { sigmas: Float64Array; y: Float32Array } {
    const { seed, objective } = this.#options;
    const samples = images.length / shape.batch;
    const places = stratified(total, uniformOf(seed, 'time', step));
    const y = new Float32Array(images.length);
    const sigmas = Float64Array.from({ length: shape.batch }, (_, i) => drawSigma(places[first + i], objective));
    sigmas.forEach((sigma, i) => {
      const part = y.subarray(i * samples, (i + 1) * samples);
      fillGaussian(part, uniformOf(seed, 'noise', step, first + i));
      for (let k = 0; k < samples; k++) part[k] = images[i * samples + k] + sigma * part[k];
    });
    return { sigmas, y };
  }

  modelConfig(): Record<string, unknown> {
    return { ...this.#options.modelConfig };
  }
}

/** The noise level at quantile `place` (0..1) of the mixture. */
function drawSigma(place: number, { sigmas: [low, middle, high], highShare }: PhotoObjective): number {
  const share = 1 - highShare;
  if (place < share) return low * (middle / low) ** (place / share);
  return middle * (high / middle) ** ((place - share) / highShare);
}

/**
 * mean of (F - F*)^2 + weight * mean of -ln N(F* | F, exp G), without the constant term. The gradient of the second
 * term with respect to F is left out, so that G learns the variance of the errors without influencing F.
 *
 * @param output - F, then G
 * @param target - F*
 * @param divisor - number of samples of the whole batch
 */
function photoLoss(output: tf.Tensor4D, target: tf.Tensor4D, weight: number, divisor: number): tf.Scalar {
  const loss = tf.customGrad((...given: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const channels = target.shape[3];
    const [f, g] = tf.split(given[0] as tf.Tensor4D, [channels, channels], 3);
    const error = tf.sub(f, target);
    const squared = tf.square(error);
    const held = tf.clipByValue(g, ...LOG_VARIANCE_BOUNDS);
    const surprise = tf.mul(squared, tf.exp(tf.neg(held)));
    const total = tf.add(tf.sum(squared), tf.mul(tf.sum(tf.add(surprise, held)), weight / 2));
    (given[1] as tf.GradSaveFunc)([error, surprise, g, held]);
    const gradFunc = (dy: tf.Tensor, [error, surprise, g, held]: tf.Tensor[]): tf.Tensor => {
      const scale = tf.div(dy, divisor);
      const inside = tf.cast(tf.equal(g, held), 'float32');
      const gradientG = tf.mul(tf.mul(tf.sub(1, surprise), inside), weight / 2);
      return tf.mul(tf.concat([tf.mul(error, 2), gradientG], 3), scale);
    };
    return { value: tf.div(total, divisor), gradFunc };
  });
  return loss(output) as tf.Scalar;
}
