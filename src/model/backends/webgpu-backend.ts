import { openDevice, webgpuError } from '../photo-net/webgpu/graphics-device.ts';
import type { Backend } from './backend.ts';

/** Opens the graphics device. It runs networks of the default model's architecture, in shaders of their own, and no tensor operations. */
export async function startWebgpu(): Promise<Backend> {
  const { description } = await openDevice();
  return {
    name: 'webgpu',
    description,
    portable: false,
    run() {
      const what = 'it runs models of the architecture photo-net only, no U-Nets and no training';
      throw webgpuError(`${what}; use the backend wasm`);
    },
  };
}
