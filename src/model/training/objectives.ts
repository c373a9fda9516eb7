/** Objectives of networks that predict epsilon: which times are drawn, and how each counts (Ho, Jain & Abbeel 2020). */
import { alphaBarAt, type FixedVariance, type NoiseSchedule, reverseVariance } from '../schedule/noise-schedule.ts';

/**
 * - `simple`: L_simple, eq. 14: times uniform, every error counts alike.
 * - `bound`: the variational bound, eq. 5 with the weights of eq. 12 for a fixed variance, in nats a dimension: times uniform. L_T
 *   does not depend on the network; L_0 is taken as the density term of eq. 12's form at t = 1.
 * - `mixed`: times from a mixture of uniform ones and ones in proportion to the weights of the bound; every error counts alike. So
 *   the bound and L_simple are minimised together, without the noise that the large weights bring.
 */
export type EpsilonObjectiveKind = 'simple' | 'bound' | 'mixed';

/** Objective of an epsilon network. */
export interface EpsilonObjective {
  readonly kind: EpsilonObjectiveKind;
  /** The variance whose bound it is. */
  readonly variance: FixedVariance;
  /** `mixed`: share of the times that are drawn by the weights of the bound. */
  readonly boundShare: number;
}

/** A time t = 1..T and the weight of its squared error. */
export interface WeightedTime {
  readonly t: number;
  readonly weight: number;
}

/**
 * Factor of E |eps - eps_theta|^2, a dimension, in L_{t-1}: beta_t^2 / (2 sigma_t^2 alpha_t (1 - abar_t)), eq. 12; index t - 1.
 */
export function boundWeights(schedule: NoiseSchedule, variance: FixedVariance): Float64Array {
  return schedule.betas.map((beta, i) => {
    const sigmaSquared = reverseVariance(schedule, i + 1, variance);
    return beta ** 2 / (2 * sigmaSquared * (1 - beta) * (1 - alphaBarAt(schedule, i + 1)));
  });
}

/** Draws the time of an example from a uniform number. */
export type TimeSampler = (uniform: number) => WeightedTime;

/** The times of an objective. */
export function timeSampler(schedule: NoiseSchedule, { kind, variance, boundShare }: EpsilonObjective): TimeSampler {
  const { T } = schedule;
  const weights = boundWeights(schedule, variance);
  const uniformTime = (u: number): number => Math.min(Math.floor(u * T), T - 1) + 1;
  if (kind === 'simple') return (u) => ({ t: uniformTime(u), weight: 1 });
  // T times the mean over uniform times is the sum over all.
  if (kind === 'bound') return (u) => ({ t: uniformTime(u), weight: T * weights[uniformTime(u) - 1] });
  const cumulative = mixture(weights, boundShare);
  return (u) => ({ t: firstAbove(cumulative, u) + 1, weight: 1 });
}

/** Cumulative distribution of `share` times the normalised weights plus the rest uniform. */
function mixture(weights: Float64Array, share: number): Float64Array {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  let cumulative = 0;
  return weights.map((weight) => {
    cumulative += (share * weight) / sum + (1 - share) / weights.length;
    return cumulative;
  });
}

/** Index of the first value above u, the last one if there is none. */
function firstAbove(cumulative: Float64Array, u: number): number {
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cumulative[middle] > u) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Squared error of F, plus a part of the Gaussian negative log-likelihood that trains G. */
export interface PhotoObjective {
  /** Factor of the likelihood. */
  readonly likelihoodWeight: number;
  /** Noise levels: ln sigma is uniform from the first to the second for most examples, and from the second to the third for the rest. */
  readonly sigmas: readonly [number, number, number];
  /** Share of the examples with high noise. */
  readonly highShare: number;
}
