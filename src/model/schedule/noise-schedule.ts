/**
 * The forward process of a DDPM and the Gaussians that follow from it (Ho, Jain & Abbeel 2020, section 2). Time steps
 * are numbered as in the paper, t = 1..T; arrays hold step t at index t - 1. Fractional times in 1..T are interpolated
 * linearly in log-SNR.
 */

/** A discrete variance-preserving forward process q(x_t | x_0) = N(sqrt(abar_t) x_0, (1 - abar_t) I). */
export interface NoiseSchedule {
  /** Number of steps, >= 1. */
  readonly T: number;
  /** beta_t in (0, 1), length T, index t - 1. */
  readonly betas: Float64Array;
  /** abar_t = prod (1 - beta_s), strictly descending in (0, 1), length T, index t - 1. */
  readonly alphaBars: Float64Array;
  /**
   * The time of each step on the schedule that the network was trained on: 1..T, or a subset of 1..T_trained after
   * {@link respace}.
   */
  readonly timesteps: Float64Array;
}

/** Coefficients of the posterior mean, mu~_t = x0 * x_0 + xt * x_t (eq. 7). */
export interface PosteriorMeanCoefficients {
  readonly x0: number;
  readonly xt: number;
}

/** Fixed variance of the reverse process: beta_t, or beta~_t of eq. 7 (section 3.2). */
export type FixedVariance = 'beta' | 'beta-tilde';

/** Largest beta of the cosine schedule (Nichol & Dhariwal 2021, section 3.2). */
const MAX_BETA = 0.999;
/** Offset s of the cosine schedule (the same section). */
const COSINE_OFFSET = 0.008;
const MAX_STEPS = 100_000;

/**
 * Makes a schedule from its betas.
 *
 * @param betas - beta_1..beta_T, each in (0, 1); copied
 * @throws RangeError if the list is empty, too long, or has a value out of range
 */
export function scheduleOfBetas(betas: ArrayLike<number>): NoiseSchedule {
  const T = betas.length;
  if (T < 1 || T > MAX_STEPS) throw new RangeError(`"betas" expected 1..${MAX_STEPS} values, got ${T}`);
  const alphaBars = new Float64Array(T);
  for (let i = 0, product = 1; i < T; i++) {
    if (!(betas[i] > 0 && betas[i] < 1)) throw new RangeError(`"betas" expected values in (0, 1), got ${betas[i]}`);
    product *= 1 - betas[i];
    alphaBars[i] = product;
  }
  return { T, betas: Float64Array.from(betas), alphaBars, timesteps: Float64Array.from(betas, (_, i) => i + 1) };
}

/** Options of {@link linearSchedule}. */
export interface LinearScheduleOptions {
  /** Number of steps T, an integer >= 1; default 1000. */
  readonly steps?: number;
  /** beta_1, default 1e-4. */
  readonly betaStart?: number;
  /** beta_T, default 0.02. */
  readonly betaEnd?: number;
}

/**
 * The paper's schedule: beta from 1e-4 to 0.02, linear in t, T = 1000 (section 4).
 *
 * @throws RangeError if an option is out of range
 */
export function linearSchedule(options: LinearScheduleOptions = {}): NoiseSchedule {
  const { steps = 1000, betaStart = 1e-4, betaEnd = 0.02 } = options;
  return scheduleOfBetas(linspace(betaStart, betaEnd, steps));
}

/**
 * The cosine schedule of Nichol & Dhariwal, "Improved Denoising Diffusion Probabilistic Models" (2021), eq. 17.
 *
 * @throws RangeError if `steps` is not an integer >= 1
 */
export function cosineSchedule(options: { readonly steps?: number } = {}): NoiseSchedule {
  const { steps = 1000 } = options;
  const alphaBar = (t: number): number =>
    Math.cos(((t / steps + COSINE_OFFSET) / (1 + COSINE_OFFSET)) * (Math.PI / 2)) ** 2;
  const betas = linspace(1, 1, steps);
  return scheduleOfBetas(betas.map((_, i) => Math.min(1 - alphaBar(i + 1) / alphaBar(i), MAX_BETA)));
}

/** `count` evenly spaced values from `start` to `end`, both included. */
export function linspace(start: number, end: number, count: number): Float64Array {
  if (!Number.isSafeInteger(count) || count < 1 || count > MAX_STEPS) {
    throw new RangeError(`"steps" expected integer 1..${MAX_STEPS}, got ${count}`);
  }
  return Float64Array.from({ length: count }, (_, i) =>
    count === 1 ? start : start + ((end - start) * i) / (count - 1),
  );
}

/**
 * The process that visits only some of the steps: it has the same abar at these steps, and the betas that lead from one
 * of them to the next (Nichol & Dhariwal 2021, section 4).
 *
 * @param timesteps - the steps of `schedule` to keep, ascending integers 1..T; or their number, for evenly spaced steps
 *   that include 1 and T
 * @throws RangeError if `timesteps` is out of range or does not ascend
 */
export function respace(schedule: NoiseSchedule, timesteps: readonly number[] | number): NoiseSchedule {
  const kept = typeof timesteps === 'number' ? evenTimesteps(schedule.T, timesteps) : timesteps;
  const isStep = (t: number, i: number): boolean =>
    Number.isInteger(t) && t >= 1 && t <= schedule.T && (i === 0 || t > (kept[i - 1] as number));
  if (kept.length === 0 || !kept.every(isStep)) {
    throw new RangeError(`"timesteps" expected ascending integers 1..${schedule.T}`);
  }
  const alphaBars = Float64Array.from(kept, (t) => schedule.alphaBars[t - 1]);
  const betas = alphaBars.map((alphaBar, i) => 1 - alphaBar / (i === 0 ? 1 : alphaBars[i - 1]));
  return { T: kept.length, betas, alphaBars, timesteps: Float64Array.from(kept, (t) => schedule.timesteps[t - 1]) };
}

/** `count` steps out of 1..T, evenly spaced and rounded, including 1 and T (T alone if count is 1). */
function evenTimesteps(T: number, count: number): number[] {
  if (!Number.isInteger(count) || count < 1 || count > T) {
    throw new RangeError(`"steps" expected integer 1..${T}, got ${count}`);
  }
  if (count === 1) return [T];
  return Array.from({ length: count }, (_, i) => 1 + Math.round((i * (T - 1)) / (count - 1)));
}

/** abar_t for an integer t = 0..T; abar_0 = 1. */
export function alphaBarAt({ alphaBars }: NoiseSchedule, t: number): number {
  return t === 0 ? 1 : alphaBars[t - 1];
}

/** Signal-to-noise ratio abar / (1 - abar) at a step t = 1..T (Kingma et al. 2021, eq. 3). */
export function snr({ alphaBars }: NoiseSchedule, t: number): number {
  return alphaBars[t - 1] / (1 - alphaBars[t - 1]);
}

/** Mean coefficients of q(x_{t-1} | x_t, x_0), eq. 7, for t = 1..T. */
export function posteriorMean(schedule: NoiseSchedule, t: number): PosteriorMeanCoefficients {
  const alphaBar = alphaBarAt(schedule, t);
  const before = alphaBarAt(schedule, t - 1);
  const beta = schedule.betas[t - 1];
  return {
    x0: (Math.sqrt(before) * beta) / (1 - alphaBar),
    xt: (Math.sqrt(1 - beta) * (1 - before)) / (1 - alphaBar),
  };
}

/** beta~_t = (1 - abar_{t-1}) / (1 - abar_t) beta_t, the variance of q(x_{t-1} | x_t, x_0), eq. 7; 0 at t = 1. */
export function posteriorVariance(schedule: NoiseSchedule, t: number): number {
  return ((1 - alphaBarAt(schedule, t - 1)) / (1 - alphaBarAt(schedule, t))) * schedule.betas[t - 1];
}

/**
 * sigma_t^2 of p(x_{t-1} | x_t) for t = 1..T (eq. 6 and section 3.2). At t = 1 it is beta~_2 for both choices (beta_1
 * if T is 1), as in the paper's own program: beta~_1 is 0, and beta_1 gives the decoder L_0 a worse likelihood.
 */
export function reverseVariance(schedule: NoiseSchedule, t: number, variance: FixedVariance): number {
  if (t === 1) return schedule.T === 1 ? schedule.betas[0] : posteriorVariance(schedule, 2);
  return variance === 'beta' ? schedule.betas[t - 1] : posteriorVariance(schedule, t);
}

/**
 * Noise level of the variance-exploding form, sigma = sqrt((1 - abar) / abar), at time t.
 *
 * @param t - 1..T, may be fractional
 * @throws RangeError if t is out of range
 */
export function sigmaOf(schedule: NoiseSchedule, t: number): number {
  if (!(t >= 1 && t <= schedule.T)) throw new RangeError(`"t" expected number 1..${schedule.T}, got ${t}`);
  const below = Math.floor(t);
  if (below === t) return Math.exp(logSigma(schedule, t));
  const share = t - below;
  return Math.exp((1 - share) * logSigma(schedule, below) + share * logSigma(schedule, below + 1));
}

/**
 * Times that are nearer than this to an integer are rounded to it, so that the inverse of {@link sigmaOf} is exact at
 * the steps.
 */
const STEP_TOLERANCE = 1e-6;

/**
 * The time at which the noise level is `sigma`: inverse of {@link sigmaOf}. Noise levels below that of step 1 or above
 * that of step T give 1 or T, because the network was not trained on other times.
 *
 * @param sigma - > 0
 * @returns 1..T, fractional between steps
 * @throws RangeError if sigma is not positive
 */
export function timestepOf(schedule: NoiseSchedule, sigma: number): number {
  if (!(sigma > 0)) throw new RangeError(`"sigma" expected number > 0, got ${sigma}`);
  const wanted = Math.log(sigma);
  let low = 1;
  let high = schedule.T;
  if (wanted <= logSigma(schedule, low)) return low;
  if (wanted >= logSigma(schedule, high)) return high;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (logSigma(schedule, middle) <= wanted) low = middle;
    else high = middle;
  }
  const from = logSigma(schedule, low);
  const t = low + (wanted - from) / (logSigma(schedule, high) - from);
  const nearest = Math.round(t);
  return Math.abs(t - nearest) < STEP_TOLERANCE ? nearest : t;
}

/** ln sigma at an integer step: -1/2 of the log-SNR. */
function logSigma(schedule: NoiseSchedule, t: number): number {
  return -0.5 * Math.log(snr(schedule, t));
}
