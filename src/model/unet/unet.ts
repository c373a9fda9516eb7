/**
 * The network of Ho, Jain & Abbeel (2020), appendix B, as implemented in diffusers' `UNet2DModel`: residual blocks with
 * group norm, self-attention at some levels, and a sinusoidal embedding of the time.
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

/** Options of a run of the network. */
export interface UnetRunOptions {
  /**
   * True: use only operations with gradients (for tf.grads, tf.variableGrads). The gradients need the kernel
   * Conv2DBackpropFilter, which WebAssembly lacks, and otherwise only kernels that every backend has. Default false:
   * use fused kernels.
   */
  readonly training?: boolean;
  /** Prepared convolutions with stride 1, by name of the layer; default: made from the weights in each run. */
  readonly convolutions?: ReadonlyMap<string, Convolution>;
  /** Dropout before the second convolution of each residual block. Default: none. */
  readonly dropout?: {
    /** Share of the activations that are dropped, 0..1; the others are scaled up. */
    readonly rate: number;
    /** Equal seeds drop the same activations. */
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
 * @param x - x_t, (batch, height, width, 3); height and width are multiples of 2^(levels - 1)
 * @param t - time of each image, shape (batch), counted from 0 as in the paper's program and in diffusers; may be
 *   fractional
 * @returns epsilon, in the shape of `x`
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
      if (i > 0) this.#release(h); // for i = 0, h is one of the skips
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

  /**
   * Computes f(x); in inference, then disposes x. Without that, a 256x256 model would keep a gigabyte of activations.
   */
  #consume(x: [tf.Tensor4D, ...tf.Tensor4D[]], f: (x: [tf.Tensor4D, ...tf.Tensor4D[]]) => tf.Tensor4D): tf.Tensor4D {
    const y = f(x);
    this.#release(...x);
    return y;
  }

  #release(...tensors: tf.Tensor[]): void {
    if (!this.#context.training) tf.dispose(tensors);
  }

  /** Embeds times: sines and cosines at geometric frequencies, then two linear layers. (batch) to (batch, features). */
  #timeEmbedding(t: tf.Tensor1D): tf.Tensor2D {
    const { blockOutChannels, freqShift, flipSinToCos } = this.#config;
    const half = (blockOutChannels[0] as number) / 2;
    // Uses tfjs's exponential and sine, because the last bits of JavaScript's differ between engines.
    const decay = tf.mul(tf.range(0, half), -Math.log(LONGEST_PERIOD) / (half - freqShift));
    const angles = tf.mul(tf.reshape(t, [-1, 1]), tf.reshape(tf.exp(decay), [1, half]));
    const waves = [tf.sin(angles), tf.cos(angles)];
    const features = tf.concat(flipSinToCos ? waves.reverse() : waves, 1) as tf.Tensor2D;
    const hidden = silu(linear(this.#context, 'time_embedding.linear_1', features));
    return linear(this.#context, 'time_embedding.linear_2', hidden);
  }

  /**
   * Applies a residual block, and the attention block after it if there is one.
   *
   * @param inputs - are concatenated along their channels
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
