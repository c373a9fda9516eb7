import * as tf from '@tensorflow/tfjs-core';
import type { Backend } from '../backends/backend.ts';
import { Modulator } from './modulation.ts';
import type { NetworkAnswer, NetworkCall, PhotoNetwork } from './network-contract.ts';
import { PhotoNetLayers } from './photo-net-layers.ts';
import { densePatches, type PatchLayout } from './photo-net-pixels.ts';
import type { PhotoNetWeights } from './photo-net-weights.ts';

/** A photo-net on a tensor backend. */
export class TensorNetwork implements PhotoNetwork {
  readonly fused = false;
  readonly #backend: Backend;
  readonly #layers: PhotoNetLayers;
  readonly #modulator: Modulator;
  /** Channels of the input and of the output. */
  readonly #channels: readonly [number, number];

  /** @param weights - copied to the backend */
  constructor(weights: PhotoNetWeights, backend: Backend) {
    this.#backend = backend;
    this.#layers = backend.run(() => new PhotoNetLayers(weights));
    this.#modulator = new Modulator(weights);
    this.#channels = [weights.convIn.input, weights.convOut.output];
  }

  async run({ positions, sigma, output }: NetworkCall, fill: (input: PatchLayout) => void): Promise<NetworkAnswer> {
    const { batch, height, width } = positions;
    const [inputs, outputs] = this.#channels;
    const packed = new Float32Array(batch * height * width * inputs);
    fill(densePatches(packed, positions, inputs));
    const { films, logOutput } = this.#modulator.modulate(sigma, output);
    // All tensor operations of this call run synchronously, because concurrent calls share tfjs's global state.
    const network = this.#backend.run(() =>
      this.#layers.forward(tf.tensor4d(packed, [batch, height, width, inputs]), films),
    );
    const values = (await network.data()) as Float32Array;
    network.dispose();
    return { patches: densePatches(values, positions, outputs), logOutput };
  }

  dispose(): void {
    this.#layers.dispose();
  }
}
