import { photoNetwork } from '../model/training/photo-network.ts';
import type { TrainableNetwork } from '../model/training/trainable-network.ts';
import { unetNetwork } from '../model/training/unet-network.ts';
import type { TrainingConfig } from './training-config.ts';

/** Makes the network and the objective of a config. */
export function networkOf({ network, seed }: TrainingConfig): TrainableNetwork {
  return network.architecture === 'photo-net' ? photoNetwork({ ...network, seed }) : unetNetwork({ ...network, seed });
}
