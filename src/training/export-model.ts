import { fileTensors, type ParameterLayout } from '../model/training/parameter-layout.ts';
import { writeModel } from '../model/weights/model-writer.ts';
import type { Tensor } from '../model/weights/safetensors.ts';
import type { TrainingConfig } from './training-config.ts';

/**
 * A model file, without calibration, which `analyze`, `sample` and `calibrate` take.
 *
 * @param vector - parameters, usually the averaged ones
 * @param step - steps they were trained for
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
