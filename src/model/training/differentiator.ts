/** Computes the loss and its gradient for a batch, in portions that fit into memory. */
import * as tf from '@tensorflow/tfjs-core';
import type { Backend } from '../backends/backend.ts';
import { layOut, type ParameterLayout, tensorsOf, valuesOf } from './parameter-layout.ts';
import { registerGradients } from './tfjs-gradients.ts';
import type { ExampleBatch, TrainableNetwork } from './trainable-network.ts';
import { registerWasmGradients } from './wasm-gradients.ts';

/** Computes losses and gradients of one network on one backend. */
export class Differentiator {
  readonly layout: ParameterLayout;
  readonly #network: TrainableNetwork;
  readonly #backend: Backend;

  /**
   * @param backend - runs the network; on `wasm` the missing kernels are registered, see `registerWasmGradients`
   */
  constructor(network: TrainableNetwork, backend: Backend) {
    this.layout = layOut(network.parameters);
    this.#network = network;
    this.#backend = backend;
    registerGradients();
    if (backend.name === 'wasm') registerWasmGradients();
  }

  /**
   * Computes the loss of a batch and its gradient. Portions are added in order, so equal arguments give equal results.
   *
   * @param vector - all parameters, in the order of `layout`
   * @param batch - the examples; the loss is the sum of their losses divided by `batch.total`
   * @param options - `portion`: number of images that go through the network at a time; `gradient`: receives the
   *   gradient, as long as `vector`; `pause`: awaited between portions, and may throw to end the work
   * @returns the loss
   */
  async run(
    vector: Float32Array,
    batch: ExampleBatch,
    options: { readonly portion: number; readonly gradient: Float32Array; readonly pause?: () => Promise<void> },
  ): Promise<number> {
    const { portion, gradient, pause } = options;
    const tensors = this.#backend.run(() => tensorsOf(vector, this.layout));
    try {
      let loss = 0;
      gradient.fill(0);
      for (let first = 0; first < batch.shape.batch; first += portion) {
        if (first > 0) await pause?.();
        loss += this.#addPortion(tensors, part(batch, first, portion), gradient);
      }
      return loss;
    } finally {
      tf.dispose(tensors);
    }
  }

  #addPortion(tensors: tf.Tensor[], batch: ExampleBatch, gradient: Float32Array): number {
    const names = new Map(this.layout.parameters.map(({ name }, i) => [name, i]));
    const lossOf = this.#network.prepare(batch);
    return this.#backend.run(() => {
      const { value, grads } = tf.valueAndGrads((...weights: tf.Tensor[]) =>
        lossOf((name) => weights[names.get(name) as number]),
      )(tensors);
      grads.forEach((tensor, i) => {
        const sum = valuesOf(gradient, this.layout.parameters[i]);
        const values = tensor.dataSync();
        for (let k = 0; k < sum.length; k++) sum[k] += values[k];
      });
      return value.dataSync()[0];
    });
  }
}

/** The examples first..first + count - 1 of a batch, or fewer at its end. */
function part(batch: ExampleBatch, first: number, count: number): ExampleBatch {
  const { shape, images } = batch;
  const samples = images.length / shape.batch;
  const taken = Math.min(count, shape.batch - first);
  return {
    ...batch,
    images: images.subarray(first * samples, (first + taken) * samples),
    shape: { ...shape, batch: taken },
    first: batch.first + first,
  };
}
