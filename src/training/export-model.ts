import { fileTensors, type ParameterLayout } from '../model/training/parameter-layout.ts';
import { writeModel } from '../model/weights/model-writer.ts';
import type { Tensor } from '../model/weights/safetensors.ts';
import type { TrainingConfig } from './training-config.ts';

/**
 * Writes a model file without calibration, for `analyze`, `sample` and `calibrate`.
 *
 * @param vector - parameters, usually the averaged ones
 * @param options - `step`: number of steps for which they were trained
 */
export function exportModel(
  vector: Float32Array,
  {
    layout,
    config,
    step,
  }: { readonly layout: ParameterLayout; readonly config: TrainingConfig; readonly step: number },
): Uint8Array {
  const tensors = new Map(
    fileTensors(vector, layout).map(({ name, shape, values }): [string, Tensor] => [
      name,
      { dtype: 'F32', shape: [...shape], data: values },
    ]),
  );
  const { kind } = { kind: 'photo-net', ...config.network.objective };
  const training = {
    data: config.data.name,
    step,
    steps: config.steps,
    objective: kind,
    ema: config.ema,
    seed: config.seed,
  };
  return writeModel({ config: { ...config.network.modelConfig, training }, tensors });
}
