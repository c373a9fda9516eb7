/** The network by the operations of tfjs's WebAssembly backend: one thread, SIMD, XNNPACK's convolutions. */
import * as tf from '@tensorflow/tfjs-core';
import { openBackend, type Tensor } from 'ddpm-codec/model';
import { type Denoise, type Operations, PhotoNetwork } from './photo-network.js';

/** Tensors of a layer. */
interface Layer {
  readonly filter: tf.Tensor4D;
  readonly bias: tf.Tensor1D;
}

/** PyTorch's (output, input, kernel, kernel) in tfjs's order: kernel, kernel, input, output. */
function filterOf({ shape, data }: Tensor): tf.Tensor4D {
  return tf.transpose(tf.tensor4d(data, shape as [number, number, number, number]), [2, 3, 1, 0]);
}

/** Layers as constants on the backend, made when they are first used. */
class Layers {
  readonly #made = new Map<string, Layer>();

  get(name: string, make: () => Layer): Layer {
    let layer = this.#made.get(name);
    if (!layer) {
      layer = make();
      for (const tensor of [layer.filter, layer.bias]) tf.keep(tensor);
      this.#made.set(name, layer);
    }
    return layer;
  }
}

function operationsOf(network: PhotoNetwork, layers: Layers, sigma: number): Operations<tf.Tensor4D> {
  const biasOf = (layer: string): tf.Tensor1D => tf.tensor1d(network.tensor(`${layer}.bias`).data);
  return {
    convolve(x, layer) {
      const weights = layers.get(layer, () => ({
        filter: filterOf(network.tensor(`${layer}.weight`)),
        bias: biasOf(layer),
      }));
      const isDown = weights.filter.shape[0] === 2;
      return tf.fused.conv2d({ x, ...weights, strides: isDown ? 2 : 1, pad: isDown ? 'valid' : 'same' });
    },
    // A 1x1 convolution to the four pixels of a square; faster than tf.conv2dTranspose and tf.depthToSpace.
    raise(x, layer) {
      const { shape, data } = network.tensor(`${layer}.weight`);
      const [inputs, outputs] = shape as [number, number];
      const weights = layers.get(layer, () => {
        const ordered = tf.transpose(tf.tensor4d(data, [inputs, outputs, 2, 2]), [0, 2, 3, 1]);
        return { filter: tf.reshape(ordered, [1, 1, inputs, 4 * outputs]), bias: tf.tile(biasOf(layer), [4]) };
      });
      const [, height, width] = x.shape;
      const squares = tf.fused.conv2d({ x, ...weights, strides: 1, pad: 'valid' });
      const rows = tf.transpose(tf.reshape(squares, [height, width, 2, 2 * outputs]), [0, 2, 1, 3]);
      return tf.reshape(rows, [1, 2 * height, 2 * width, outputs]);
    },
    modulate(x, block) {
      const film = layers.get(`${block} ${sigma}`, () => {
        const { gain, shift } = network.film(block, sigma);
        return { filter: tf.tensor4d(gain, [1, 1, gain.length, 1]), bias: tf.tensor1d(shift) };
      });
      return tf.fused.depthwiseConv2d({ x, ...film, strides: 1, pad: 'valid', activation: 'relu' });
    },
    add: (a, b) => tf.add(a, b),
    rectify: (x) => tf.relu(x),
    scope: (part) => tf.tidy(part),
  };
}

/** Opens the network. */
export async function openTfjs(): Promise<Denoise> {
  const network = new PhotoNetwork();
  const backend = await openBackend('wasm');
  const layers = new Layers();
  return network.denoiser('NHWC', async (input, { height, width }, sigma) => {
    const output = backend.run(() =>
      network.apply(tf.tensor4d(input, [1, height, width, network.inputs]), operationsOf(network, layers, sigma)),
    );
    const values = (await output.data()) as Float32Array;
    output.dispose();
    return values;
  });
}
