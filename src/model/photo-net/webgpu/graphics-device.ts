/** The graphics device of this thread: WebGPU of a browser, or in Node that of the optional package `webgpu` (Dawn). */
import { defined } from '../../../base/defined.ts';
import { DdpmError } from '../../../base/errors.ts';
import { isNotInstalled } from '../../../base/missing-package.ts';
import { cachedPromise } from '../../../base/promise-cache.ts';

/** Implements WebGPU in Node. */
const PACKAGE = 'webgpu';

/** Flags of `GPUBufferUsage`, which Node has no global of. */
export const USAGE = { mapRead: 0x1, copySrc: 0x4, copyDst: 0x8, uniform: 0x40, storage: 0x80 } as const;
/** The flag of `GPUMapMode`. */
export const MAP_READ = 1;

/** An open device. */
export interface GraphicsDevice {
  readonly device: GPUDevice;
  /** One line: vendor, architecture and device, as far as they are told. */
  readonly description: string;
  /** True: the adapter is a program that runs on the processor. */
  readonly isSoftware: boolean;
}

/** An error of the backend. */
export function webgpuError(message: string, cause?: unknown): DdpmError {
  return new DdpmError('ERR_DDPM_BACKEND', `backend webgpu: ${message}`, { cause });
}

/** The first line of what was thrown. */
export function reasonOf(error: unknown): string {
  const { message = String(error) } = (error ?? {}) as { message?: string };
  return message.trim().split('\n', 1)[0].slice(0, 200);
}

/** Kinds of errors of a device. */
const ERROR_SCOPES = ['validation', 'internal', 'out-of-memory'] as const;

/**
 * Gives work to a device, and waits until the device has checked it.
 *
 * @param what - names the work, for error messages
 * @param work - makes buffers and pipelines, and submits
 * @throws DdpmError `ERR_DDPM_BACKEND` if the device lacks memory for it, or refuses it
 */
export async function watched<T>(device: GPUDevice, what: string, work: () => T): Promise<T> {
  for (const scope of ERROR_SCOPES) device.pushErrorScope(scope);
  let errors: Promise<(GPUError | null)[]>;
  let result: T;
  try {
    result = work();
  } finally {
    errors = Promise.all(ERROR_SCOPES.map(() => device.popErrorScope()));
    errors.catch(() => {}); // of no interest if the work has thrown
  }
  // The scope that was opened last was closed first.
  const found = (await errors).toReversed();
  const at = found.findIndex((error) => error !== null);
  if (at < 0) return result;
  const why = ERROR_SCOPES[at] === 'out-of-memory' ? 'not enough memory on the graphics device' : reasonOf(found[at]);
  throw webgpuError(`${what}: ${why}; use the backend wasm`, found[at]);
}

/** Kept as long as the thread lives: devices of Dawn need it. */
const instances = new Map<'gpu', Promise<GPU>>();
const devices = new Map<'device', Promise<GraphicsDevice>>();

/** WebGPU of Node. */
async function nodeInstance(): Promise<GPU> {
  const name: string = PACKAGE;
  try {
    const { create } = (await import(/* @vite-ignore */ /* webpackIgnore: true */ name)) as {
      create(flags: string[]): GPU;
    };
    return create([]);
  } catch (cause) {
    if (isNotInstalled(cause, PACKAGE))
      throw webgpuError(`${PACKAGE} is not installed; to install: npm install ${PACKAGE}`, cause);
    throw webgpuError(`${PACKAGE} does not load (${reasonOf(cause)}); to install: npm install ${PACKAGE}`, cause);
  }
}

async function instance(): Promise<GPU> {
  const { navigator, process } = globalThis as {
    navigator?: { gpu?: GPU };
    process?: { versions?: { node?: string } };
  };
  if (navigator?.gpu) return navigator.gpu;
  if (process?.versions?.node) return cachedPromise(instances, 'gpu', nodeInstance);
  throw webgpuError('this browser has no WebGPU, or the page is not served by https; use the backend wasm');
}

/** What an adapter tells of itself. Browsers of 2023 and 2024 tell less, or in another place. */
function infoOf(adapter: GPUAdapter): Partial<GPUAdapterInfo> {
  const { isFallbackAdapter } = adapter as { isFallbackAdapter?: boolean };
  const info = adapter.info as GPUAdapterInfo | undefined;
  const { vendor, architecture, device, description } = info ?? ({} as Partial<GPUAdapterInfo>);
  const isFallback = info?.isFallbackAdapter ?? isFallbackAdapter;
  return defined({ vendor, architecture, device, description, isFallbackAdapter: isFallback });
}

async function startDevice(): Promise<GraphicsDevice> {
  const adapter = await (await instance()).requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw webgpuError('no graphics adapter that supports WebGPU; use the backend wasm');
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  try {
    const requiredLimits = { maxBufferSize, maxStorageBufferBindingSize };
    const device = await adapter.requestDevice({ requiredLimits });
    // Errors are found by `watched`, and by promises that reject. Without a listener they are printed, too.
    device.addEventListener('uncapturederror', (event) => event.preventDefault());
    void device.lost.then(() => devices.delete('device'));
    const { vendor, architecture, device: model, description, isFallbackAdapter } = infoOf(adapter);
    const isSoftware = isFallbackAdapter === true;
    const names = [...new Set([vendor, architecture, description || model].filter(Boolean))].join(' ');
    const known = names || 'adapter that gives no name';
    return { device, description: `WebGPU, ${known}${isSoftware ? ' (software)' : ''}`, isSoftware };
  } catch (cause) {
    throw webgpuError(`the graphics device does not start: ${reasonOf(cause)}`, cause);
  }
}

/**
 * Opens the device, or returns the one that is open. After it was lost, the next call opens another one.
 *
 * @throws DdpmError `ERR_DDPM_BACKEND` if there is none; the message says what to do
 */
export function openDevice(): Promise<GraphicsDevice> {
  return cachedPromise(devices, 'device', startDevice);
}
