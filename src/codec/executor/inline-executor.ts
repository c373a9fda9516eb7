/** An executor that runs every job in this thread, one at a time. */
import { defined } from '../../base/defined.ts';
import type { Model } from '../../model/denoiser.ts';
import { fillGaussian, STREAM, streamKey } from '../math/gaussian-table.ts';
import { BLOCK } from '../math/whitening.ts';
import type { Conveyed, Receiver, Sender, SharedTile } from '../transport/transport.ts';
import { denoiseWindows } from './denoise-windows.ts';
import type { Executor, StageTimes, TileCode, TileJob, TileResult } from './executor.ts';
import { completeSample, takePart } from './partial-step.ts';
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

/** Where the code values of a whole step come from. */
type WholeCode = Exclude<TileCode, { kind: 'receive part' }>;

/** Code values c of a tile, from a residual, a message or a seed. */
function codeValues(
  job: TileJob,
  code: WholeCode,
  transport: Sender & Partial<Receiver>,
  moments: Gaussians,
): Conveyed {
  const { model } = job;
  const tile = sharedTile(job, moments);
  if (code.kind === 'convey') {
    const { bits, towardsPicture, freeBlocks } = code;
    const target = targetOf(code.residual, model, moments.scale);
    return transport.convey({ ...tile, target, bits, towardsPicture, ...(freeBlocks && { freeBlocks }) });
  }
  if (code.kind === 'receive') {
    if (!transport.receive)
      throw new TypeError(`the transport ${transport.name} only computes; nothing can be received`);
    return { values: transport.receive(tile, code.message), packed: null };
  }
  return { values: sampleNoise(job, code.seed), packed: null };
}

/** N(0, 1) for the coefficients of a tile. */
function sampleNoise({ y, key }: TileJob, seed: number): Float32Array {
  const values = new Float32Array(y.length);
  fillGaussian(values, streamKey(seed, STREAM.sample, key.layer, key.tile));
  return values;
}

/** Takes the step of a tile of whose message only a part is there. */
function takePartialStep(
  job: TileJob,
  code: Extract<TileCode, { kind: 'receive part' }>,
  transport: Partial<Receiver>,
): TileResult {
  const start = performance.now();
  if (!transport.receivePart) throw new TypeError('a part of a message of this transport tells nothing');
  const moments = gaussians(job.model);
  const transportStart = performance.now();
  const observations = transport.receivePart(sharedTile(job, moments), code.message);
  const transportMs = performance.now() - transportStart;
  let logSigma: number | undefined;
  if (code.sampleSeed !== undefined) {
    const noise = sampleNoise(job, code.sampleSeed);
    applyCodeValues(job, moments.scale, completeSample(observations, moments.residualVariance, noise));
  } else {
    const reached = takePart(job, moments, observations);
    if (code.message.bits > 0) logSigma = reached;
  }
  const whiteningMs = performance.now() - start - transportMs;
  const time = { networkMs: 0, transportMs, whiteningMs };
  return { y: job.y, packed: null, expectedBits: 0, time, ...defined({ logSigma }) };
}

function sharedTile({ key, spectrum, model }: TileJob, { residualVariance }: Gaussians): SharedTile {
  return { residualVariance, key, spectrum, blocksWide: model.size.width / BLOCK };
}

/** The jobs of an executor that need no network. */
export type TileExecutor = Pick<Executor, 'residual' | 'takeStep'>;

/**
 * Runs jobs that need no network in this thread.
 *
 * @param transport - codes and decodes the tiles
 */
export function tileExecutor(transport: Sender & Partial<Receiver>): TileExecutor {
  return {
    async residual(job) {
      const start = performance.now();
      return { ...measureResidual(job), time: whitening(start) };
    },
    async takeStep(job) {
      const { code } = job;
      if (code.kind === 'receive part') return takePartialStep(job, code, transport);
      const start = performance.now();
      const moments = gaussians(job.model);
      const expectedBits = expectedKlBits(moments.residualVariance);
      const transportStart = performance.now();
      const { values, packed, bits } = codeValues(job, code, transport, moments);
      const transportMs = performance.now() - transportStart;
      const noiseRatio = code.kind === 'convey' ? deliveredNoise(code, job.model, moments.scale, values) : undefined;
      applyCodeValues(job, moments.scale, values);
      const whiteningMs = performance.now() - start - transportMs;
      const time = { networkMs: 0, transportMs, whiteningMs };
      return { y: job.y, packed, expectedBits, time, ...defined({ bits, noiseRatio }) };
    },
  };
}

/**
 * Creates an executor that runs every job in this thread, one at a time. Browsers, `encode` and `decode` use it.
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
    ...tileExecutor(transport),
  };
}
