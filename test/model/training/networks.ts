import { linearSchedule } from '../../../src/model/schedule/noise-schedule.ts';
import type { EpsilonObjective } from '../../../src/model/training/objectives.ts';
import { initialVector, layOut } from '../../../src/model/training/parameter-layout.ts';
import { photoNetwork } from '../../../src/model/training/photo-network.ts';
import type { ExampleBatch, TrainableNetwork } from '../../../src/model/training/trainable-network.ts';
import { uniformOf } from '../../../src/model/training/training-random.ts';
import { unetNetwork } from '../../../src/model/training/unet-network.ts';
import { parseUnetConfig } from '../../../src/model/unet/unet-config.ts';

/** A small U-Net with every kind of layer: two levels, attention, shortcuts. */
export const SMALL_UNET: Readonly<Record<string, unknown>> = {
  sample_size: 8,
  block_out_channels: [8, 16],
  layers_per_block: 1,
  down_block_types: ['DownBlock2D', 'AttnDownBlock2D'],
  up_block_types: ['AttnUpBlock2D', 'UpBlock2D'],
  norm_num_groups: 4,
  downsample_padding: 0,
  attention_head_dim: null,
  freq_shift: 1,
  flip_sin_to_cos: false,
};

export const SMALL_PHOTO = { widths: [8, 12], blocks: [1, 1], embedding: 8, patch: 2, sigmaData: 0.5 } as const;

function fail(message: string): Error {
  return new Error(message);
}

/** A small U-Net with an objective. */
export function smallUnet(
  objective: Partial<EpsilonObjective> = {},
  fields: Readonly<Record<string, unknown>> = {},
): TrainableNetwork {
  return unetNetwork({
    config: parseUnetConfig({ ...SMALL_UNET, ...fields }, fail),
    schedule: linearSchedule({ steps: 100, betaEnd: 0.1 }),
    objective: { kind: 'simple', variance: 'beta', boundShare: 0.5, ...objective },
    seed: 5,
    modelConfig: {},
  });
}

/** A small photo-net. */
export function smallPhoto(): TrainableNetwork {
  return photoNetwork({
    config: SMALL_PHOTO,
    objective: { likelihoodWeight: 0.1, sigmas: [0.004, 3, 60], highShare: 0.12 },
    seed: 5,
    modelConfig: {},
  });
}

/** Initial parameters as in training, but without zeros, which would hide the gradients of earlier layers. */
export function generic(network: TrainableNetwork): Float32Array {
  const uniform = uniformOf(1, 'test');
  const vector = initialVector(layOut(network.parameters), (parameter) => network.initialBound(parameter), uniform);
  return vector.map((value) => value + 0.1 * (2 * uniform() - 1));
}

/** Random images. */
export function examples(count: number, side: number): ExampleBatch {
  const uniform = uniformOf(2, 'images');
  const images = Float32Array.from({ length: count * side * side * 3 }, () => 2 * uniform() - 1);
  return { images, shape: { batch: count, height: side, width: side }, step: 3, first: 0, total: count };
}
