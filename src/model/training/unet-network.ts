import * as tf from '@tensorflow/tfjs-core';
import { alphaBarAt, type NoiseSchedule } from '../schedule/noise-schedule.ts';
import { unetEpsilon } from '../unet/unet.ts';
import type { UnetConfig } from '../unet/unet-config.ts';
import { unetParameters } from '../unet/unet-parameters.ts';
import { type EpsilonObjective, type TimeSampler, timeSampler } from './objectives.ts';
import type { Parameter } from './parameter-layout.ts';
import type { ExampleBatch, TrainableNetwork, Weights } from './trainable-network.ts';
import { fillGaussian, stratified, uniformOf } from './training-random.ts';

/** Everything that defines the training of a U-Net, except its images. */
export interface UnetTrainingOptions {
  readonly config: UnetConfig;
  readonly schedule: NoiseSchedule;
  readonly objective: EpsilonObjective;
  readonly seed: number;
  /** Config to store in the weights file. */
  readonly modelConfig: Readonly<Record<string, unknown>>;
}

/** Makes the paper's U-Net with its objectives for training (Ho, Jain & Abbeel 2020, algorithm 1). */
export function unetNetwork(options: UnetTrainingOptions): TrainableNetwork {
  return new UnetNetwork(options);
}

/** Noisy images, and what the loss needs. */
interface NoisyBatch {
  /** x_t, NHWC. */
  readonly input: Float32Array;
  /** epsilon, NHWC. */
  readonly noise: Float32Array;
  /** Time of each image, 0-based. */
  readonly times: Float32Array;
  /** Weight of the squared error of each image. */
  readonly weights: Float32Array;
}

class UnetNetwork implements TrainableNetwork {
  readonly parameters: readonly Parameter[];
  readonly sizeMultiple: number;
  readonly #options: UnetTrainingOptions;
  readonly #timeOf: TimeSampler;

  constructor(options: UnetTrainingOptions) {
    const { config, schedule, objective } = options;
    this.parameters = unetParameters(config);
    this.sizeMultiple = 2 ** (config.blockOutChannels.length - 1);
    this.#options = options;
    this.#timeOf = timeSampler(schedule, objective);
  }

  /** Gives the variance 1 / (mean of fan in and fan out), as in the paper's program. */
  initialBound({ shape }: Parameter): number {
    const [outputs = 1, inputs = 1, ...area] = [...shape].reverse();
    const places = area.reduce((product, side) => product * side, 1);
    return Math.sqrt(6 / (places * (inputs + outputs)));
  }

  prepare(batch: ExampleBatch): (weights: Weights) => tf.Scalar {
    const { batch: count, height, width } = batch.shape;
    const { input, noise, times, weights: factors } = this.#noisy(batch);
    const { config, seed } = this.#options;
    const dropout = { rate: config.dropout, seed: `${seed}/dropout/${batch.step}/${batch.first}` };
    const divisor = batch.total * height * width * 3;
    return (weights) => {
      const size: [number, number, number, number] = [count, height, width, 3];
      const x = tf.tensor4d(input, size);
      const predicted = unetEpsilon(config, weights, x, tf.tensor1d(times), { training: true, dropout });
      const error = tf.square(tf.sub(predicted, tf.tensor4d(noise, size)));
      const weighted = tf.mul(error, tf.tensor4d(factors, [count, 1, 1, 1]));
      return tf.div(tf.sum(weighted), divisor);
    };
  }

  /** x_t = sqrt(abar_t) x_0 + sqrt(1 - abar_t) epsilon, eq. 4. */
  #noisy({ images, shape, step, first, total }: ExampleBatch): NoisyBatch {
    const { seed, schedule } = this.#options;
    const samples = shape.height * shape.width * 3;
    const input = new Float32Array(images.length);
    const noise = new Float32Array(images.length);
    const times = new Float32Array(shape.batch);
    const weights = new Float32Array(shape.batch);
    const places = stratified(total, uniformOf(seed, 'time', step));
    for (let i = 0; i < shape.batch; i++) {
      const { t, weight } = this.#timeOf(places[first + i]);
      times[i] = t - 1; // the network counts times from 0
      weights[i] = weight;
      fillGaussian(noise.subarray(i * samples, (i + 1) * samples), uniformOf(seed, 'noise', step, first + i));
      const alphaBar = alphaBarAt(schedule, t);
      const [signal, spread] = [Math.sqrt(alphaBar), Math.sqrt(1 - alphaBar)];
      for (let k = i * samples; k < (i + 1) * samples; k++) input[k] = signal * images[k] + spread * noise[k];
    }
    return { input, noise, times, weights };
  }

  modelConfig(): Record<string, unknown> {
    return { ...this.#options.modelConfig };
  }
}
