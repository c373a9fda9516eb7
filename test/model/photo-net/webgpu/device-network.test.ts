import { expect, test } from 'vitest';
import { deviceSteps } from '../../../../src/model/photo-net/webgpu/device-layers.ts';
import { DeviceNetwork } from '../../../../src/model/photo-net/webgpu/device-network.ts';
import { randomWeights } from '../random-network.ts';

/** A device that takes buffers and can run nothing. Runs on a real one are tested in test/browser/webgpu.test.ts. */
function deviceWith(
  limits: Partial<Record<keyof GPUSupportedLimits, number>>,
  error: 'validation' | 'out-of-memory' | undefined = undefined,
): GPUDevice {
  const scopes: string[] = [];
  return {
    limits,
    queue: { writeBuffer() {} },
    createBuffer: () => ({ destroy() {} }),
    pushErrorScope: (scope: string) => void scopes.push(scope),
    popErrorScope: async () => (scopes.pop() === error ? { message: 'what the device says\nand more' } : null),
  } as unknown as GPUDevice;
}

const STEPS = deviceSteps(randomWeights({ widths: [8, 16], blocks: [1, 1], patch: 2 }));

test('refuses an image that is too large for the buffers of the device', async () => {
  const limits = { maxBufferSize: 2 ** 16, maxStorageBufferBindingSize: 2 ** 15 };
  const network = await DeviceNetwork.open(deviceWith({ ...limits, maxComputeWorkgroupsPerDimension: 65535 }), STEPS);
  const shape = { batch: 1, height: 32, width: 34 };
  // The answer has 24 channels.
  await expect(network.run(new Float32Array(32 * 34 * 12), shape, [])).rejects.toMatchObject({
    code: 'ERR_DDPM_BACKEND',
    message: `backend webgpu: an image of 34 x 32 positions needs buffers of ${32 * 34 * 24 * 4} bytes, this device allows 32768; use the backend wasm`,
  });
});

test.each([
  ['out-of-memory', 'not enough memory on the graphics device'],
  ['validation', 'what the device says'],
] as const)('tells of an error of the kind %s', async (kind, what) => {
  await expect(DeviceNetwork.open(deviceWith({}, kind), STEPS)).rejects.toMatchObject({
    code: 'ERR_DDPM_BACKEND',
    message: `backend webgpu: copying the weights: ${what}; use the backend wasm`,
  });
});
