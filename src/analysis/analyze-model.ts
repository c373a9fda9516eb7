/**
 * Computes likelihood and rate-distortion of a model on images (Ho, Jain & Abbeel 2020, section 4.3, table 4 and figure
 * 5).
 */

import { inOrder } from '../base/in-order.ts';
import {
  ANALYSIS_SCHEMA_VERSION,
  type AnalysisReport,
  type AnalysisTerm,
  imperceptibleShare,
} from './analysis-report.ts';
import type { NamedPlane } from './image-planes.ts';
import { type Decoder, type ImageBatch, priorBits, type StepTerms, stepTerms } from './likelihood.ts';
import { namedNormals } from './normal-distribution.ts';
import {
  type AnalysedModel,
  type ReverseProcess,
  type ReverseProcessOptions,
  reverseProcess,
  scheduleOfModel,
} from './reverse-process.ts';
import { drawStrata } from './strata.ts';

/** Options of {@link analyzeModel}. */
export interface AnalyzeModelOptions extends ReverseProcessOptions {
  /**
   * Largest number of steps that one evaluated step stands for, an integer >= 1; default 1: all steps are evaluated.
   * The time falls in proportion.
   */
  readonly stride?: number;
  /** Seed of the noise and of the choice of steps, an integer >= 0; default 0. */
  readonly seed?: number;
  /**
   * Number of images that go through the network at a time; default: as many as have 65536 pixels together, at most 32,
   * and fewer if there would not be a batch for each place of `concurrency`. Does not change the result.
   */
  readonly batch?: number;
  /** Number of batches at work at a time, for a denoiser that runs on threads; default 1. Does not change the result. */
  readonly concurrency?: number;
  /**
   * Root mean squared error in grey levels below which differences count as imperceptible; default 0.95, the paper's
   * error at x_1.
   */
  readonly imperceptibleRmse?: number;
  /** Definition of L_0; default `discretised`. */
  readonly decoder?: Decoder;
}

/** Progress of an analysis. */
export interface AnalysisProgress {
  /** Time step that was evaluated last, for all or some of the images. */
  readonly t: number;
  /** Number of time steps that are done, of `steps`. */
  readonly step: number;
  readonly steps: number;
  /** Share of the work that is done, 0..1. */
  readonly fraction: number;
}

/** The paper's error at x_1 on CIFAR-10 (section 4.3), rounded. */
const IMPERCEPTIBLE_RMSE = 0.95;
const BATCH_PIXELS = 65536;
const BATCH_IMAGES = 32;

interface Batch extends ImageBatch {
  /** Index of the first image. */
  readonly first: number;
}

/** Sums over all images for one evaluated step. */
interface StepSums {
  readonly t: number;
  /** Number of steps that this one stands for. */
  readonly weight: number;
  /** The last of these steps. */
  readonly last: number;
  bits: number;
  squaredError: number;
}

/**
 * Evaluates the variational bound term by term, from T down to 1, with one sample of x_t for each image and step. Runs
 * the network (steps / stride) times on every image. Yields progress after each batch of a step; the report is the
 * return value at the end.
 *
 * @param images - at least one. Width and height are multiples of the denoiser's `sizeMultiple`. For the discretised
 *   decoder, samples are byte / 127.5 - 1
 * @throws RangeError if an option or the size of an image is out of range
 */
export async function* analyzeModel(
  model: AnalysedModel,
  images: readonly NamedPlane[],
  options: AnalyzeModelOptions = {},
): AsyncGenerator<AnalysisProgress, AnalysisReport, void> {
  const { stride = 1, seed = 0, decoder = 'discretised', concurrency = 1 } = options;
  if (images.length === 0) throw new RangeError('"images" expected at least one image, got 0');
  const process = reverseProcess(model, options);
  const batches = batchesOf(images, options.batch, concurrency);
  const bitsOfImages = new Float64Array(images.length);
  let prior = 0;
  for (const batch of batches) {
    priorBits(process, batch).forEach((bits, i) => {
      prior += bits;
      bitsOfImages[batch.first + i] += bits;
    });
  }
  const { T } = process.schedule;
  const strata = [...drawStrata(T, stride, seed), { first: 1, last: 1, t: 1 }];
  const sums = strata.map(({ t, first, last }): StepSums => {
    return { t, last, weight: last - first + 1, bits: 0, squaredError: 0 };
  });
  const jobs = sums.flatMap((sum, step) =>
    batches.map((batch, i) => ({ sum, batch, done: step + (i + 1) / batches.length })),
  );
  const run = async (job: (typeof jobs)[number]): Promise<{ job: typeof job; terms: StepTerms }> => {
    const { t } = job.sum;
    return { job, terms: await stepTerms(process, job.batch, noiseOf(job.batch, seed, t), { t, decoder }) };
  };
  // In the order of the jobs, so that rounding does not depend on which of them ends first.
  for await (const { job, terms } of inOrder(jobs, concurrency, run)) {
    const { sum, batch, done } = job;
    terms.bits.forEach((bits, image) => {
      sum.bits += bits;
      sum.squaredError += terms.squaredError[image];
      bitsOfImages[batch.first + image] += bits * sum.weight;
    });
    yield { t: sum.t, step: Math.floor(done), steps: strata.length, fraction: done / strata.length };
  }
  return summarise(process, images, { prior, sums, bitsOfImages }, { ...options, stride, seed });
}

/** Groups consecutive images of one size into batches that fit into memory. */
function batchesOf(images: readonly NamedPlane[], size: number | undefined, concurrency: number): Batch[] {
  const share = Math.ceil(images.length / concurrency);
  const batches: Batch[] = [];
  for (let first = 0; first < images.length; ) {
    const { width, height } = images[first];
    const most = size ?? Math.min(Math.max(Math.floor(BATCH_PIXELS / (width * height)), 1), BATCH_IMAGES, share);
    let end = first + 1;
    while (end < images.length && end - first < most && images[end].width === width && images[end].height === height)
      end++;
    const x = new Float32Array((end - first) * width * height * 3);
    for (let i = first; i < end; i++) x.set(images[i].data, (i - first) * width * height * 3);
    batches.push({ x, shape: { batch: end - first, height, width }, first });
    first = end;
  }
  return batches;
}

/** The noise n of x_t. It depends on the index of the image, so that the result does not depend on the batches. */
function noiseOf({ x, shape, first }: Batch, seed: number, t: number): Float32Array {
  const noise = new Float32Array(x.length);
  const samples = x.length / shape.batch;
  for (let i = 0; i < shape.batch; i++) {
    noise.set(namedNormals(samples, `analyze/${seed}/${first + i}/${t}`), i * samples);
  }
  return noise;
}

function summarise(
  process: ReverseProcess,
  images: readonly NamedPlane[],
  found: { readonly prior: number; readonly sums: readonly StepSums[]; readonly bitsOfImages: Float64Array },
  options: AnalyzeModelOptions & { readonly stride: number; readonly seed: number },
): AnalysisReport {
  const { schedule, variance, clip, model } = process;
  const dims = images.reduce((sum, { data }) => sum + data.length, 0);
  const terms = termsOf(process, found, dims);
  const decoder = found.sums[found.sums.length - 1].bits / dims;
  const prior = found.prior / dims;
  const rate = terms[terms.length - 1].rateBitsPerDim;
  const total = rate + decoder;
  const rates = images.map(({ data }, i) => found.bitsOfImages[i] / data.length);
  return {
    schemaVersion: ANALYSIS_SCHEMA_VERSION,
    kind: 'ideal',
    model: model.id,
    images: images.length,
    dims,
    steps: schedule.T,
    trainedSteps: scheduleOfModel(model).T,
    stride: options.stride,
    estimated: options.stride > 1,
    variance,
    clip,
    seed: options.seed,
    codelength: { total, prior, steps: rate - prior, decoder, standardError: standardError(rates) },
    imperceptible: imperceptibleShare(terms, { total, decoder }, options.imperceptibleRmse ?? IMPERCEPTIBLE_RMSE),
    terms,
  };
}

/** The terms of the report, with the summed rate of all earlier steps. */
function termsOf(
  { schedule }: ReverseProcess,
  { prior, sums }: { readonly prior: number; readonly sums: readonly StepSums[] },
  dims: number,
): AnalysisTerm[] {
  let received = prior / dims;
  return sums.map(({ t, weight, last, bits, squaredError }) => {
    const alphaBar = schedule.alphaBars[t - 1];
    const bitsPerDim = bits / dims;
    const mse = (squaredError / dims) * 127.5 ** 2;
    const term: AnalysisTerm = {
      t,
      timestep: schedule.timesteps[t - 1],
      sigma: Math.sqrt((1 - alphaBar) / alphaBar),
      reverseSteps: schedule.T - t,
      bitsPerDim,
      weight,
      rateBitsPerDim: received + (last - t) * bitsPerDim,
      rmse: Math.sqrt(mse),
      psnr: mse === 0 ? null : 10 * Math.log10(255 ** 2 / mse),
    };
    received += weight * bitsPerDim;
    return term;
  });
}

function standardError(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}
