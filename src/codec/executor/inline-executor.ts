/** An executor that does every job in this thread, one at a time. Worker threads run it too. */
import type { Model } from '../../model/denoiser.ts';
import { decodeDithered, encodeDithered } from '../dithered/dithered-code.ts';
import { fillGaussian, STREAM, streamKey } from '../math/gaussian-table.ts';
import { BLOCK } from '../math/whitening.ts';
import type { Channel, Conveyed } from '../transport/transport.ts';
import { towardsDistortion } from '../trellis/distortion-target.ts';
import { decodePath } from '../trellis/trellis-code.ts';
import type { Executor, StageTimes, TileCode, TileJob } from './executor.ts';
import { denoiseWindows } from './posterior.ts';
import { klBits, whitenedResidual } from './residual.ts';
import { applyCodeValues, expectedKlBits, type Gaussians, gaussians, scaleToTarget } from './reverse-step.ts';

/** Time of a stage that runs neither network nor channel. */
function whitening(startMs: number): StageTimes {
  return { networkMs: 0, channelMs: 0, whiteningMs: performance.now() - startMs };
}

/** The encoder's target: a = k R / s. codec.md, section 3. */
function search(job: TileJob, code: TileCode & { kind: 'search' }, { scale, residualVariance }: Gaussians) {
  const target = scaleToTarget(code.residual, job.model, scale);
  const { key, spectrum } = job;
  const wanted = { target, residualVariance };
  const tile = { key, spectrum, bits: code.bits, blocksWide: job.model.size.width / BLOCK };
  return { ...(code.towardsPicture ? towardsDistortion(wanted) : wanted), ...tile };
}

/** Encodes or decodes a tile of dithered quantised values. */
function dithered(
  { model, key }: TileJob,
  code: TileCode & { kind: 'quantise' | 'dithered' },
  { scale, residualVariance }: Gaussians,
): Conveyed {
  const tile = { residualVariance, key, blocksWide: model.size.width / BLOCK };
  const values = new Float32Array(residualVariance.length);
  if (code.kind === 'dithered') {
    decodeDithered(tile, code.packed, values);
    return { values, packed: null };
  }
  const packed = encodeDithered(tile, scaleToTarget(code.residual, model, scale), values);
  return { values, packed, bits: packed.length * 8 };
}

/**
 * Does every job in this thread, one at a time: the executor of browsers, of `encode` and `decode`, and of each worker thread.
 *
 * @param model - its denoiser runs here
 * @param channel - what `search` goes through; may be left out for decoders
 */
export function inlineExecutor(model: Model, channel?: Channel): Executor {
  const { denoiser, calibration } = model;
  const codeValues = (job: TileJob, moments: Gaussians): Conveyed => {
    const { code, key, spectrum } = job;
    if (code.kind === 'search') {
      if (!channel) throw new TypeError('an executor without a channel cannot encode');
      return channel.convey(search(job, code, moments));
    }
    if (code.kind === 'quantise' || code.kind === 'dithered') return dithered(job, code, moments);
    const values = new Float32Array(job.y.length);
    if (code.kind === 'path') decodePath({ packed: code.packed, bits: code.bits, key, spectrum }, values);
    else fillGaussian(values, streamKey(code.seed, STREAM.sample, key.layer, key.tile));
    return { values, packed: null };
  };
  return {
    calibration,
    sizeMultiple: denoiser.sizeMultiple,
    ...(denoiser.windowSize !== undefined && { windowSize: denoiser.windowSize }),
    concurrency: 1,
    async denoise(job) {
      const [result] = await denoiseWindows(denoiser, [job]);
      return result;
    },
    async residual({ x, mean, model: tile }) {
      const start = performance.now();
      const residual = whitenedResidual(x, mean, tile.size);
      return { residual, idealBits: klBits(residual, tile), time: whitening(start) };
    },
    async takeStep(job) {
      const start = performance.now();
      const moments = gaussians(job.model);
      const expectedBits = expectedKlBits(moments.residualVariance);
      const searchStart = performance.now();
      const { values, packed, bits } = codeValues(job, moments);
      const channelMs = performance.now() - searchStart;
      applyCodeValues(job, moments.scale, values);
      const whiteningMs = performance.now() - start - channelMs;
      const time = { networkMs: 0, channelMs, whiteningMs };
      return { y: job.y, packed, expectedBits, time, ...(bits !== undefined && { bits }) };
    },
  };
}
