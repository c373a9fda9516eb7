import type { BackendSource } from '../backends/backend.ts';
import type { Denoiser } from '../denoiser.ts';
import type { ModelFile } from '../weights/model-file.ts';
import { PhotoNet, programPhotoNet } from './photo-net.ts';
import { readPhotoNetConfig, readPhotoNetWeights } from './photo-net-weights.ts';
import { hasArithmetic } from './program/network-module.ts';

/**
 * Builds the default denoiser: a U-Net without normalisation or attention. It takes any size that is a multiple of
 * `sizeMultiple` (16 for the default model). 79 k multiply-adds a pixel; as a program, 22 k.
 *
 * @param file - the weights
 * @param backend - runs the network; the weights are copied. On `wasm` with SIMD the network is a program of its own, and
 *   the backend is not opened
 * @throws DdpmError `ERR_DDPM_MODEL_CORRUPT` if the config or a tensor does not fit the architecture; the errors of `backend.open`
 */
export async function createPhotoNet(file: ModelFile, backend: BackendSource): Promise<Denoiser> {
  if (backend.name === 'wasm' && hasArithmetic('exact')) return programPhotoNet(file);
  if (backend.name === 'webgpu') return (await import('./webgpu/webgpu-network.ts')).webgpuPhotoNet(file);
  const config = readPhotoNetConfig(file);
  const weights = readPhotoNetWeights(file, config);
  const { TensorNetwork } = await import('./tensor-network.ts');
  return new PhotoNet(config, new TensorNetwork(weights, await backend.open()));
}
