/**
 * The reverse process of a DDPM: p(x_{t-1} | x_t) = N(mu(x_t), Sigma_t), t = T..1 (Ho, Jain & Abbeel 2020, section 2).
 * Everything is computed in variance-exploding form, y = x_t / sqrt(abar_t) = x + sigma n. Relative entropies are the
 * same in both forms.
 */
import { DdpmError } from '../base/errors.ts';
import type { BatchShape, Calibration, Denoiser, Posterior } from '../model/denoiser.ts';
import { isEpsilonDenoiser } from '../model/epsilon-denoiser.ts';
import {
  alphaBarAt,
  type FixedVariance,
  linearSchedule,
  type NoiseSchedule,
  respace,
  reverseVariance,
  sigmaOf,
} from '../model/schedule/noise-schedule.ts';
import { fromConfig } from '../model/schedule/scheduler-config.ts';

/**
 * Variance of p(x_{t-1} | x_t): one of the paper's two constants (section 3.2), or `calibrated`: the variance of each
 * whitened coefficient as predicted by the model and its calibration table, as in the codec.
 */
export type ReverseVariance = FixedVariance | 'calibrated';

/** All values of {@link ReverseVariance}, the default first. */
export const REVERSE_VARIANCES: readonly ReverseVariance[] = ['beta', 'beta-tilde', 'calibrated'];

/** A model that can be analysed: a `Model` or a `LoadedModel`. */
export interface AnalysedModel {
  readonly id: string;
  readonly denoiser: Denoiser;
  /** Null if the model has none; then the variance `calibrated` is not available. */
  readonly calibration: Calibration | null;
  /**
   * Config of the model file. Its field `scheduler` (as in diffusers) contains the defaults of variance and clipping.
   */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** Options of a reverse process. */
export interface ReverseProcessOptions {
  /** Number of steps, at most that of the model's schedule; default all of them. Fewer steps are evenly spaced. */
  readonly steps?: number;
  /** Default: that of the model's scheduler, otherwise `beta`. */
  readonly variance?: ReverseVariance;
  /**
   * Whether the estimate of x_0 is clamped to [-1, 1], as in the paper's own program; default: as in the model's
   * scheduler, otherwise true.
   */
  readonly clip?: boolean;
}

/** A model with the schedule and the variance of its reverse process. */
export interface ReverseProcess {
  readonly model: AnalysedModel;
  readonly schedule: NoiseSchedule;
  readonly variance: ReverseVariance;
  readonly clip: boolean;
}

/**
 * Coefficients of one reverse step from y_t to y_s, s = t - 1, in variance-exploding form; docs/analysis.md derives
 * them.
 */
export interface ReverseStep {
  /** T..1. */
  readonly t: number;
  /** Noise level of y_t. */
  readonly sigmaFrom: number;
  /** Noise level of y_s; 0 for t = 1. */
  readonly sigmaTo: number;
  /**
   * k = 1 - sigmaTo^2 / sigmaFrom^2. The means of q and p are y + k (x - y), with the true x (eq. 7) or the estimate D.
   */
  readonly k: number;
  /** Variance of q(y_s | y_t, x); 0 for t = 1. */
  readonly qVariance: number;
  /** Variance of p(y_s | y_t) if it is a constant; undefined for `calibrated`. */
  readonly pVariance: number | undefined;
}

/** The schedule that a model was trained on; the paper's schedule for a model that takes any noise level. */
export function scheduleOfModel({ denoiser }: Pick<AnalysedModel, 'denoiser'>): NoiseSchedule {
  return isEpsilonDenoiser(denoiser) ? denoiser.epsilonModel.schedule : linearSchedule();
}

/**
 * Makes the reverse process of a model.
 *
 * @throws RangeError if an option is out of range
 * @throws DdpmError `ERR_DDPM_MODEL_CORRUPT` if the variance is `calibrated` and the model has no calibration
 */
export function reverseProcess(model: AnalysedModel, options: ReverseProcessOptions = {}): ReverseProcess {
  const defaults = schedulerDefaults(model);
  const { steps, variance = defaults.variance, clip = defaults.clip } = options;
  if (!REVERSE_VARIANCES.includes(variance)) {
    throw new RangeError(`"variance" expected one of ${REVERSE_VARIANCES.join(', ')}, got ${variance}`);
  }
  if (variance === 'calibrated') calibrationOf(model);
  const whole = scheduleOfModel(model);
  return { model, schedule: steps === undefined ? whole : respace(whole, steps), variance, clip };
}

function schedulerDefaults({ config }: AnalysedModel): Required<Pick<ReverseProcessOptions, 'variance' | 'clip'>> {
  const scheduler = config?.scheduler;
  if (typeof scheduler !== 'object' || scheduler === null) return { variance: 'beta', clip: true };
  const { variance, clipSample } = fromConfig(scheduler as Record<string, unknown>, 'config field scheduler');
  return { variance, clip: clipSample };
}

/**
 * Returns the model's calibration table.
 *
 * @throws DdpmError `ERR_DDPM_MODEL_CORRUPT` if the model has none
 */
export function calibrationOf({ id, calibration }: AnalysedModel): Calibration {
  if (calibration) return calibration;
  const remedy = 'Measure it with ddpm-codec calibrate, or take variance beta or beta-tilde';
  throw new DdpmError('ERR_DDPM_MODEL_CORRUPT', `model ${id} has no calibration. ${remedy}`);
}

/** Noise levels of a process: sigma_t at index t, T + 1 values that ascend from sigma_0 = 0. */
export function scheduleLevels({ schedule }: Pick<ReverseProcess, 'schedule'>): Float64Array {
  return Float64Array.from({ length: schedule.T + 1 }, (_, t) => (t === 0 ? 0 : sigmaOf(schedule, t)));
}

/** Computes the coefficients of the step from x_t to x_{t-1}. */
export function reverseStep({ schedule, variance }: Omit<ReverseProcess, 'model'>, t: number): ReverseStep {
  const sigmaFrom = sigmaOf(schedule, t);
  const sigmaTo = t === 1 ? 0 : sigmaOf(schedule, t - 1);
  const k = 1 - (sigmaTo / sigmaFrom) ** 2;
  const fixed = variance === 'calibrated' ? undefined : reverseVariance(schedule, t, variance);
  const pVariance = fixed === undefined ? undefined : fixed / alphaBarAt(schedule, t - 1);
  return { t, sigmaFrom, sigmaTo, k, qVariance: sigmaTo * sigmaTo * k, pVariance };
}

/** Runs the denoiser on y; clamps the mean to [-1, 1] if `clip` is set. */
export async function posteriorOf(
  { model, clip }: { readonly model: { readonly denoiser: Denoiser }; readonly clip: boolean },
  y: Float32Array,
  shape: BatchShape,
  sigma: number,
): Promise<Posterior> {
  const { mean, logVariance } = await model.denoiser.denoise(y, shape, sigma);
  return { mean: clip ? mean.map((value) => Math.min(Math.max(value, -1), 1)) : mean, logVariance };
}
