/** Page of webgpu.test.ts: runs the network on the graphics device of a browser. */
import { relativeError } from '../../bench/model-fixture.ts';
import { decode, encode } from '../../src/entry/browser.ts';
import { loadModel, openBackend } from '../../src/entry/model.ts';
import type { BatchShape, Denoiser } from '../../src/model/denoiser.ts';
import { deviceSteps } from '../../src/model/photo-net/webgpu/device-layers.ts';
import { DeviceNetwork } from '../../src/model/photo-net/webgpu/device-network.ts';
import { openDevice } from '../../src/model/photo-net/webgpu/graphics-device.ts';
import { WebgpuNetwork } from '../../src/model/photo-net/webgpu/webgpu-network.ts';
import { type NetworkSizes, randomPixels, randomWeights } from '../model/photo-net/random-network.ts';
import { runNetwork, runScalar } from '../model/photo-net/run-network.ts';
import { BINARY64, ScalarNetwork } from '../model/photo-net/scalar-network.ts';
import { testPicture } from '../portability/golden.ts';

async function fetchBytes(url: string): Promise<Uint8Array> {
  return new Uint8Array(await (await fetch(url)).arrayBuffer());
}

/** Description of the device; the reason, if there is none. */
export async function describe(): Promise<{ readonly description?: string; readonly reason?: string }> {
  try {
    return { description: (await openDevice()).description };
  } catch (error) {
    return { reason: String(error) };
  }
}

/** A network with random weights, and the batches that it denoises. */
export interface NetworkCase {
  readonly sizes: NetworkSizes;
  readonly shapes: readonly BatchShape[];
}

/** Largest error of each batch, relative to the largest value that a network in binary64 gives. */
export async function networkErrors(cases: readonly NetworkCase[]): Promise<number[]> {
  const errors: number[] = [];
  for (const { sizes, shapes } of cases) {
    const weights = randomWeights(sizes);
    const network = new WebgpuNetwork(weights);
    const scalar = new ScalarNetwork(weights, BINARY64);
    for (const shape of shapes) {
      const pictures = { y: randomPixels('y', shape), shape, sigma: 0.7, patch: sizes.patch };
      const expected = Float32Array.from(runScalar(scalar, pictures));
      errors.push(relativeError(await runNetwork(network, pictures), expected));
    }
    network.dispose();
  }
  return errors;
}

/** Whether a batch that is run in parts gives the numbers of one run. */
export async function sameInParts({ sizes, shapes }: NetworkCase): Promise<boolean> {
  const weights = randomWeights(sizes);
  const { device } = await openDevice();
  const steps = deviceSteps(weights);
  const films = [...weights.encoder.flat(), ...weights.decoder.flat()].map(({ conv1 }) => ({
    gain: new Float32Array(conv1.output).fill(0.5),
    shift: new Float32Array(conv1.output).fill(0.1),
  }));
  const [shape] = shapes;
  const input = Float32Array.from({ length: shape.batch * shape.height * shape.width * 12 }, (_, i) => Math.sin(i * i));
  const answers = await Promise.all(
    [undefined, 1].map(async (mapBytes) => {
      const network = await DeviceNetwork.open(device, steps, mapBytes);
      const answer = await network.run(input, shape, films);
      network.dispose();
      return answer;
    }),
  );
  return answers[0].length > 0 && answers[0].every((value, i) => value === answers[1][i]);
}

/** Images with the estimates of another framework. */
export interface ExpectedImage {
  readonly name: string;
  readonly height: number;
  readonly width: number;
  readonly sigma: number;
  readonly y: readonly number[];
  readonly mean: readonly number[];
  readonly logVariance: readonly number[];
}

async function defaultDenoiser(): Promise<Denoiser> {
  const bytes = await fetchBytes('/model.safetensors');
  return (await loadModel(bytes, { backend: 'webgpu', source: 'the default model' })).denoiser;
}

/** Relative errors of mean and log-variance, of all images. */
export async function fixtureErrors(images: readonly ExpectedImage[]): Promise<number[]> {
  const denoiser = await defaultDenoiser();
  const errors: number[] = [];
  for (const { height, width, sigma, y, mean, logVariance } of images) {
    const found = await denoiser.denoise(Float32Array.from(y), { batch: 1, height, width }, sigma);
    errors.push(relativeError(found.mean, Float32Array.from(mean)));
    errors.push(relativeError(found.logVariance as Float32Array, Float32Array.from(logVariance)));
  }
  denoiser.dispose();
  return errors;
}

const MODEL = '/model.safetensors';

/** What a decoder made of a stream on a backend. */
export interface DecodedThere {
  readonly pixels: number[];
  readonly backend: string;
  readonly arithmetic: string;
  readonly lossless: boolean;
}

/** Decodes a stream. */
export async function decoded(url: string, options: Parameters<typeof decode>[1]): Promise<DecodedThere> {
  const { data, info } = await decode(await fetchBytes(url), { model: MODEL, ...options });
  const { backend, arithmetic, lossless } = info;
  return { pixels: [...data], backend, arithmetic, lossless };
}

/** Encodes a test picture. */
export async function encoded(
  options: Parameters<typeof encode>[1],
): Promise<{ bytes: number[]; backend: string; arithmetic: string }> {
  const { data, info } = await encode(testPicture(32, 32, 3), { effort: 1, model: MODEL, ...options });
  return { bytes: [...data], backend: info.backend, arithmetic: info.arithmetic };
}

/** Name, code and message of the error of a call. */
export async function failure(url: string, backend: 'webgpu'): Promise<string> {
  try {
    await decode(await fetchBytes(url), { backend, model: MODEL });
    return 'none';
  } catch (error) {
    const { name, code, message } = error as Error & { code?: string };
    return `${name} ${code} ${message}`;
  }
}

/** The error of tensor operations, which U-Nets and training need. */
export async function tensorFailure(): Promise<string> {
  const backend = await openBackend('webgpu');
  try {
    backend.run(() => {});
    return 'none';
  } catch (error) {
    return `${(error as { code?: string }).code} ${(error as Error).message}`;
  }
}

/** Makes the page take its adapter, a program, for a graphics processor. */
export function pretendHardware(): void {
  Object.defineProperty(GPUAdapterInfo.prototype, 'isFallbackAdapter', { get: () => false });
}

/** Makes the page's device fail from now on. */
export function breakDevice(): void {
  GPUDevice.prototype.createComputePipelineAsync = async () => {
    throw new Error('broken for a test');
  };
}

/** What is remembered of measurements. */
export async function remembered(): Promise<Record<string, unknown>[]> {
  const cache = await caches.open('ddpm-codec backend');
  return Promise.all((await cache.matchAll()).map((entry) => entry.json()));
}

/** Remembers that a backend was faster, in place of all that was measured. */
export async function remember(backend: string): Promise<void> {
  const cache = await caches.open('ddpm-codec backend');
  for (const request of await cache.keys()) await cache.put(request, Response.json({ backend }));
}

/** What calls on a device that is lost say, and whether a run afterwards gives what it gave before. */
export async function lossOfDevice(): Promise<{
  readonly during: string;
  readonly same: boolean;
  readonly idle: boolean;
}> {
  const network = new WebgpuNetwork(randomWeights({ widths: [8], blocks: [1], patch: 2 }));
  const shape = { batch: 1, height: 16, width: 16 };
  const pictures = { y: randomPixels('y', shape), shape, sigma: 0.5, patch: 2 };
  const run = async (): Promise<string> => {
    try {
      return (await runNetwork(network, pictures)).join();
    } catch (error) {
      return `${(error as { code?: string }).code} ${(error as Error).message}`;
    }
  };
  const before = await run();
  const running = run();
  (await openDevice()).device.destroy();
  const during = await running;
  const after = await run();
  const { device } = await openDevice();
  device.destroy();
  await device.lost;
  const idle = await run();
  network.dispose();
  return { during, same: after === before, idle: idle === before };
}
