import * as tf from '@tensorflow/tfjs-core';
import type { Backend } from '../backends/backend.ts';
import type { NetworkAnswer, NetworkCall, PhotoNetwork } from './network-contract.ts';
import { PhotoNetLayers } from './photo-net-layers.ts';
import { densePatches, type PatchLayout } from './photo-net-pixels.ts';
import type { PhotoNetWeights } from './photo-net-weights.ts';

/** A photo-net on a tensor backend. */
export class TensorNetwork implements PhotoNetwork {
  readonly fused = false;
  readonly #backend: Backend;
  readonly #layers: PhotoNetLayers;
  /** Channels of the input and of the output. */
  readonly #channels: readonly [number, number];

  /** @param weights - copied to the backend */
  constructor(weights: PhotoNetWeights, backend: Backend) {
    this.#backend = backend;
    this.#layers = backend.run(() => new PhotoNetLayers(weights));
    this.#channels = [weights.convIn.input, weights.convOut.output];
  }

  async run({ positions, sigma, output }: NetworkCall, fill: (input: PatchLayout) => void): Promise<NetworkAnswer> {
    const { batch, height, width } = positions;
    const [inputs, outputs] = this.#channels;
    const packed = new Float32Array(batch * height * width * inputs);
    fill(densePatches(packed, positions, inputs));
    // All tensor operations of this call run synchronously, because concurrent calls share tfjs's global state.
    const { network, logOutput } = this.#backend.run(() => {
      const modulation = this.#layers.modulate(sigma, output);
      const answer = this.#layers.forward(tf.tensor4d(packed, [batch, height, width, inputs]), modulation);
      return { network: answer, logOutput: modulation.logOutput };
    });
    const values = (await network.data()) as Float32Array;
    network.dispose();
    return { patches: densePatches(values, positions, outputs), logOutput };
  }

  dispose(): void {
    this.#layers.dispose();
  }
}
