/** A photo-net on the graphics device: docs/design/network.md, "WebGPU". */
import { DdpmError } from '../../../base/errors.ts';
import type { Denoiser } from '../../denoiser.ts';
import type { ModelFile } from '../../weights/model-file.ts';
import { Modulator } from '../modulation.ts';
import type { NetworkAnswer, NetworkCall, PhotoNetwork } from '../network-contract.ts';
import { PhotoNet } from '../photo-net.ts';
import { densePatches, type PatchLayout } from '../photo-net-pixels.ts';
import { type PhotoNetWeights, readPhotoNetConfig, readPhotoNetWeights } from '../photo-net-weights.ts';
import { type DeviceSteps, deviceSteps } from './device-layers.ts';
import { DeviceNetwork } from './device-network.ts';
import { type GraphicsDevice, openDevice, reasonOf, webgpuError } from './graphics-device.ts';

/** Milliseconds within which a device whose run has failed tells that it is lost. */
const LOSS_MS = 200;

/** A network on the device of this thread. After a failure, the next run opens the device anew. */
export class WebgpuNetwork implements PhotoNetwork {
  readonly fused = false;
  readonly #steps: DeviceSteps;
  readonly #modulator: Modulator;
  /** Channels of the input and of the output, there. */
  readonly #channels: readonly [number, number];
  #opened: { readonly on: GraphicsDevice; readonly network: DeviceNetwork } | undefined;
  /** The run at work; the next one begins after it. */
  #last: Promise<unknown> = Promise.resolve();

  /** @param weights - copied */
  constructor(weights: PhotoNetWeights) {
    this.#steps = deviceSteps(weights);
    this.#modulator = new Modulator(weights);
    const { steps } = this.#steps;
    this.#channels = [steps[0].step.layer.channels, (steps.at(-1) as (typeof steps)[0]).step.layer.outputs];
  }

  run({ positions, sigma, output }: NetworkCall, fill: (input: PatchLayout) => void): Promise<NetworkAnswer> {
    const [inputs, outputs] = this.#channels;
    const input = new Float32Array(positions.batch * positions.height * positions.width * inputs);
    fill(densePatches(input, positions, inputs));
    const run = async (): Promise<NetworkAnswer> => {
      const { films, logOutput } = this.#modulator.modulate(sigma, output);
      const { on, network } = await this.#open();
      try {
        const values = await network.run(input, positions, films);
        return { patches: densePatches(values, positions, outputs), logOutput };
      } catch (cause) {
        this.dispose();
        throw await failureOf(on, cause);
      }
    };
    const answer = this.#last.then(run);
    this.#last = answer.catch(() => {});
    return answer;
  }

  /** The network on the device that is open now. */
  async #open(): Promise<{ readonly on: GraphicsDevice; readonly network: DeviceNetwork }> {
    const on = await openDevice();
    if (this.#opened?.on !== on) this.#opened = { on, network: await DeviceNetwork.open(on.device, this.#steps) };
    return this.#opened;
  }

  /** Frees the memory of the device. */
  dispose(): void {
    this.#opened?.network.dispose();
    this.#opened = undefined;
  }
}

/**
 * Builds the default denoiser on the graphics device.
 *
 * @param file - the weights, which are copied
 * @throws DdpmError `ERR_DDPM_MODEL_CORRUPT` if the config or a tensor does not fit the architecture; `ERR_DDPM_BACKEND` if there
 *   is no device
 */
export async function webgpuPhotoNet(file: ModelFile): Promise<Denoiser> {
  const config = readPhotoNetConfig(file);
  const weights = readPhotoNetWeights(file, config);
  await openDevice();
  return new PhotoNet(config, new WebgpuNetwork(weights));
}

/** What to tell of a run that has failed. */
async function failureOf({ device }: GraphicsDevice, cause: unknown): Promise<DdpmError> {
  const patience = new Promise<undefined>((resolve) => setTimeout(resolve, LOSS_MS));
  const loss = await Promise.race([device.lost, patience]);
  if (loss) {
    const reason = loss.message ? ` (${reasonOf(loss.message)})` : '';
    return webgpuError(`the graphics device was lost${reason}; call again: the next call opens it anew`, cause);
  }
  if (cause instanceof DdpmError) return cause;
  return webgpuError(`the graphics device failed: ${reasonOf(cause)}; use the backend wasm`, cause);
}
