import type { TrainableNetwork } from '../model/training/network.ts';
import { photoNetwork } from '../model/training/photo-network.ts';
import { unetNetwork } from '../model/training/unet-network.ts';
import type { TrainingConfig } from './config.ts';

/** The network of a config, with its objective. */
export function networkOf({ network, seed }: TrainingConfig): TrainableNetwork {
  return network.architecture === 'photo-net' ? photoNetwork({ ...network, seed }) : unetNetwork({ ...network, seed });
}
