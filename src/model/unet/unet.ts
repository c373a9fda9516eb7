/**
 * The network of Ho, Jain & Abbeel (2020), appendix B, as diffusers' `UNet2DModel` has it: residual blocks with group norm,
 * self-attention at chosen levels, the time as a sinusoidal embedding.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Convolution } from '../convolution/convolution.ts';
import { silu } from './differentiable-unet.ts';
import type { UnetConfig } from './unet-config.ts';
import {
  attend,
  convolve,
  downsample,
  type LayerContext,
  linear,
  norm,
  type UnetWeights,
  upsampleNearest,
} from './unet-layers.ts';
import { type ResnetShape, unetStructure } from './unet-structure.ts';

/** How the network runs. */
export interface UnetRunOptions {
  /**
   * True: every operation has a gradient (tf.grads, tf.variableGrads) that needs no kernels but those of each backend and
   * Conv2DBackpropFilter, which WebAssembly lacks. Default false: fused kernels.
   */
  readonly training?: boolean;
  /** Convolutions with stride 1 that are ready to run, by the name of the layer; default: made of the weights in each run. */
  readonly convolutions?: ReadonlyMap<string, Convolution>;
  /** Drops activations before the second convolution of each residual block. Default: none. */
  readonly dropout?: {
    /** Share dropped, 0..1; the rest is scaled up. */
    readonly rate: number;
    /** The same seed drops the same activations. */
    readonly seed: string | number;
  };
}

/** Longest period of the time embedding over 2 pi (Vaswani et al. 2017, section 3.5). */
const LONGEST_PERIOD = 10_000;

/**
 * Predicts the noise in x_t.
 *
 * @param config - sizes, see {@link parseUnetConfig}
 * @param weights - parameters by name, in the network's layout, see {@link unetParameters}
 * @param x - x_t, (batch, height, width, 3), sides multiples of 2^(levels - 1)
 * @param t - time of each image, (batch), counted from 0 as the paper's program and diffusers do; may be fractional
 * @returns epsilon, as x
 */
export function unetEpsilon(
  config: UnetConfig,
  weights: UnetWeights,
  x: tf.Tensor4D,
  t: tf.Tensor1D,
  options: UnetRunOptions = {},
): tf.Tensor4D {
  return tf.tidy(() => new Run(config, weights, options).epsilon(x, t));
}

/** One run of the network. */
class Run {
  readonly #config: UnetConfig;
  readonly #context: LayerContext;
  readonly #dropout: UnetRunOptions['dropout'];
  #droppedBlocks = 0;

  constructor(config: UnetConfig, weights: UnetWeights, options: UnetRunOptions) {
    const { training = false, dropout, convolutions } = options;
    const { normNumGroups, normEps, attentionHeadDim } = config;
    this.#config = config;
    this.#context = { weights, normNumGroups, normEps, attentionHeadDim, training, convolutions };
    this.#dropout = dropout;
  }

  epsilon(x: tf.Tensor4D, t: tf.Tensor1D): tf.Tensor4D {
    const { down, middle, up } = unetStructure(this.#config);
    const { centerInputSample, downsamplePadding, midBlockScaleFactor } = this.#config;
    const time = silu(this.#timeEmbedding(t));
    const input = centerInputSample ? (tf.sub(tf.mul(x, 2), 1) as tf.Tensor4D) : x;
    let h = convolve(this.#context, 'conv_in', input);
    const skips = [h];
    for (const { resnets, downsampler } of down) {
      for (const shape of resnets) {
        h = this.#block(shape, [h], time);
        skips.push(h);
      }
      if (downsampler !== null) {
        h = downsample(this.#context, downsampler, h, downsamplePadding);
        skips.push(h);
      }
    }
    for (const [i, shape] of middle.entries()) {
      const next = this.#block(shape, [h], time, midBlockScaleFactor);
      if (i > 0) this.#release(h); // before that it is one of the skips
      h = next;
    }
    for (const { resnets, upsampler } of up) {
      for (const shape of resnets)
        h = this.#consume([h, skips.pop() as tf.Tensor4D], (x) => this.#block(shape, x, time));
      if (upsampler !== null) {
        h = this.#consume([h], ([x]) => tf.tidy(() => convolve(this.#context, upsampler, upsampleNearest(x))));
      }
    }
    return this.#consume([h], ([x]) =>
      convolve(this.#context, 'conv_out', silu(norm(this.#context, 'conv_norm_out', x))),
    );
  }

  /** f(x), after which x is disposed in inference: what a 256x256 model keeps otherwise fills a gigabyte. */
  #consume(x: [tf.Tensor4D, ...tf.Tensor4D[]], f: (x: [tf.Tensor4D, ...tf.Tensor4D[]]) => tf.Tensor4D): tf.Tensor4D {
    const y = f(x);
    this.#release(...x);
    return y;
  }

  #release(...tensors: tf.Tensor[]): void {
    if (!this.#context.training) tf.dispose(tensors);
  }

  /** (batch) to (batch, features): sines and cosines of t at geometric frequencies, then two linear layers. */
  #timeEmbedding(t: tf.Tensor1D): tf.Tensor2D {
    const { blockOutChannels, freqShift, flipSinToCos } = this.#config;
    const half = (blockOutChannels[0] as number) / 2;
    // tfjs's exponential and sine, since those of JavaScript differ between engines in their last bit.
    const decay = tf.mul(tf.range(0, half), -Math.log(LONGEST_PERIOD) / (half - freqShift));
    const angles = tf.mul(tf.reshape(t, [-1, 1]), tf.reshape(tf.exp(decay), [1, half]));
    const waves = [tf.sin(angles), tf.cos(angles)];
    const features = tf.concat(flipSinToCos ? waves.reverse() : waves, 1) as tf.Tensor2D;
    const hidden = silu(linear(this.#context, 'time_embedding.linear_1', features));
    return linear(this.#context, 'time_embedding.linear_2', hidden);
  }

  /**
   * A residual block, and attention where the structure has it.
   *
   * @param inputs - joined along their channels
   */
  #block(shape: ResnetShape, inputs: tf.Tensor4D[], time: tf.Tensor2D, scaleFactor = 1): tf.Tensor4D {
    const scaled = (y: tf.Tensor4D): tf.Tensor4D => (scaleFactor === 1 ? y : tf.div(y, scaleFactor));
    return tf.tidy(() => {
      const x = inputs.length === 1 ? (inputs[0] as tf.Tensor4D) : tf.concat(inputs, 3);
      const h = scaled(this.#resnet(shape, x, time));
      return shape.attention === null ? h : scaled(attend(this.#context, shape.attention, h));
    });
  }

  #resnet({ name, input, output }: ResnetShape, x: tf.Tensor4D, time: tf.Tensor2D): tf.Tensor4D {
    const context = this.#context;
    const first = convolve(context, `${name}.conv1`, silu(norm(context, `${name}.norm1`, x)));
    const shift = linear(context, `${name}.time_emb_proj`, time);
    const batch = shift.shape[0];
    const shifted = tf.add(first, tf.reshape(shift, batch === 1 ? [output] : [batch, 1, 1, output])) as tf.Tensor4D;
    const inner = this.#drop(silu(norm(context, `${name}.norm2`, shifted)));
    const residual = convolve(context, `${name}.conv2`, inner);
    return tf.add(input === output ? x : convolve(context, `${name}.conv_shortcut`, x), residual);
  }

  #drop(x: tf.Tensor4D): tf.Tensor4D {
    if (this.#dropout === undefined || this.#dropout.rate === 0) return x;
    const { rate, seed } = this.#dropout;
    return tf.dropout(x, rate, undefined, `${seed}/${this.#droppedBlocks++}`) as tf.Tensor4D;
  }
}
