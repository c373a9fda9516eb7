/** An executor that runs every job in this thread, one at a time. */
import { defined } from '../../base/defined.ts';
import type { Model } from '../../model/denoiser.ts';
import { fillGaussian, STREAM, streamKey } from '../math/gaussian-table.ts';
import { BLOCK } from '../math/whitening.ts';
import type { Conveyed, Receiver, Sender, SharedTile } from '../transport/transport.ts';
import { denoiseWindows } from './denoise-windows.ts';
import type { Executor, StageTimes, TileJob } from './executor.ts';
import { measureResidual } from './residual.ts';
import {
  applyCodeValues,
  deliveredNoise,
  expectedKlBits,
  type Gaussians,
  gaussians,
  targetOf,
} from './reverse-step.ts';

/** Stage times of a job that runs neither network nor transport. */
function whitening(startMs: number): StageTimes {
  return { networkMs: 0, transportMs: 0, whiteningMs: performance.now() - startMs };
}

/** Code values c of a tile, from a residual, a message or a seed. */
function codeValues(job: TileJob, transport: Sender & Partial<Receiver>, moments: Gaussians): Conveyed {
  const { code, key, spectrum, model } = job;
  const { scale, residualVariance } = moments;
  const tile: SharedTile = { residualVariance, key, spectrum, blocksWide: model.size.width / BLOCK };
  if (code.kind === 'convey') {
    const { bits, towardsPicture, freeBlocks } = code;
    const target = targetOf(code.residual, model, scale);
    return transport.convey({ ...tile, target, bits, towardsPicture, ...(freeBlocks && { freeBlocks }) });
  }
  if (code.kind === 'receive') {
    if (!transport.receive)
      throw new TypeError(`the transport ${transport.name} only computes; nothing can be received`);
    return { values: transport.receive(tile, code.message), packed: null };
  }
  const values = new Float32Array(job.y.length);
  fillGaussian(values, streamKey(code.seed, STREAM.sample, key.layer, key.tile));
  return { values, packed: null };
}

/**
 * Creates an executor that runs every job in this thread, one at a time. Browsers, `encode`, `decode` and each worker
 * thread use it.
 *
 * @param model - its denoiser denoises the windows
 * @param transport - codes and decodes the tiles; encoders may use one that makes no bits
 */
export function inlineExecutor({ denoiser, calibration }: Model, transport: Sender & Partial<Receiver>): Executor {
  return {
    calibration,
    sizeMultiple: denoiser.sizeMultiple,
    ...(denoiser.windowSize !== undefined && { windowSize: denoiser.windowSize }),
    concurrency: 1,
    async denoise(job) {
      const [result] = await denoiseWindows(denoiser, [job]);
      return result;
    },
    async residual(job) {
      const start = performance.now();
      return { ...measureResidual(job), time: whitening(start) };
    },
    async takeStep(job) {
      const start = performance.now();
      const moments = gaussians(job.model);
      const expectedBits = expectedKlBits(moments.residualVariance);
      const transportStart = performance.now();
      const { values, packed, bits } = codeValues(job, transport, moments);
      const transportMs = performance.now() - transportStart;
      const noiseRatio =
        job.code.kind === 'convey' ? deliveredNoise(job.code, job.model, moments.scale, values) : undefined;
      applyCodeValues(job, moments.scale, values);
      const whiteningMs = performance.now() - start - transportMs;
      const time = { networkMs: 0, transportMs, whiteningMs };
      return { y: job.y, packed, expectedBits, time, ...defined({ bits, noiseRatio }) };
    },
  };
}
