import { setImmediate } from 'node:timers/promises';
import type { Library } from '../../../src/cli/library.ts';
import { parseTrainingConfig } from '../../../src/training/training-config.ts';

type TrainingLibrary = Pick<Library, 'train' | 'parseTrainingConfig'>;

/** The training part of a fake library: `train` takes three steps and ends early if aborted. */
export function fakeTraining(note: (name: string, ...args: unknown[]) => void): TrainingLibrary {
  return {
    parseTrainingConfig,
    train: async (config, options) => {
      note('train', config, options);
      let step = 0;
      while (step < 3 && !options.signal?.aborted) {
        step++;
        const rates = { gradientNorm: 1, learningRate: 2e-4, imagesPerSecond: 10, seconds: step };
        const entry = { step, loss: 0.5, ...rates, ...(step === 2 && { validationBitsPerDim: 4.125 }) };
        options.onProgress?.({ step, steps: 3, fraction: step / 3, loss: 0.5, entry });
        await setImmediate();
      }
      return {
        model: `${options.output}/model.safetensors`,
        step,
        interrupted: step < 3,
        parameters: 1234567,
        backend: 'a backend',
        validationBitsPerDim: 4.125,
      };
    },
  };
}
