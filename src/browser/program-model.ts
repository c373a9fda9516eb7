/** Models that need no tensor library, which pages and the worker do without. */
import { DdpmError } from '../base/errors.ts';
import type { Model } from '../model/denoiser.ts';
import { programPhotoNet } from '../model/photo-net/photo-net.ts';
import { PHOTO_NET_ARCHITECTURE } from '../model/photo-net/photo-net-config.ts';
import { webgpuPhotoNet } from '../model/photo-net/webgpu/webgpu-network.ts';
import { readCodingModel } from '../model/weights/read-model.ts';
import type { BrowserBackend } from './backend-choice.ts';

/**
 * Loads a model of the default architecture.
 *
 * @throws DdpmError as `loadModel`; `ERR_DDPM_BACKEND` for what needs the tensor library: other architectures, and the backend
 *   `cpu`
 */
export function loadProgramModel(bytes: Uint8Array, name: string, backend: BrowserBackend): Promise<Model> {
  const fail = (what: string): DdpmError => {
    const remedy = "load the model with loadModel of ddpm-codec/model, and give it with thread: 'inline'";
    return new DdpmError('ERR_DDPM_BACKEND', `${name}: ${what} needs the tensor library; ${remedy}`);
  };
  return readCodingModel(bytes, name, async (file) => {
    const { architecture } = file.config;
    if (architecture !== PHOTO_NET_ARCHITECTURE) {
      throw fail(`the architecture ${JSON.stringify(architecture)?.slice(0, 80)}`);
    }
    if (backend === 'cpu') throw fail('the backend cpu');
    return backend === 'webgpu' ? webgpuPhotoNet(file) : programPhotoNet(file);
  });
}
