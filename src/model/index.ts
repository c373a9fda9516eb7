/** Models: weights files, tensor backends, and the denoisers that run on them. Knows nothing of bits. */
export type { Backend, BackendInfo, BackendName } from './backend.ts';
export type { BatchShape, Calibration, Denoiser, Model, Posterior } from './denoiser.ts';
export { type LoadModelOptions, loadModel, modelId } from './load-model.ts';
export { BACKEND_NAMES, listBackends, openBackend } from './open-backend.ts';
export { parseSafetensors, type Safetensors, type Tensor } from './safetensors.ts';
