/**
 * Objectives of networks that predict epsilon: how times are drawn and how errors are weighted (Ho, Jain & Abbeel
 * 2020).
 */
import { alphaBarAt, type FixedVariance, type NoiseSchedule, reverseVariance } from '../schedule/noise-schedule.ts';

/**
 * An objective by name.
 *
 * - `simple`: L_simple, eq. 14: uniform times, equal weights.
 * - `bound`: the variational bound, eq. 5 with the weights of eq. 12 for a fixed variance, in nats a dimension: uniform
 *   times. Leaves out L_T, which does not depend on the network; L_0 is the density term in the form of eq. 12 at t =
 *   1.
 * - `mixed`: some times are uniform, the others are drawn in proportion to the weights of the bound; equal weights.
 *   This minimises the bound and L_simple together, without the gradient noise that large weights cause.
 */
export type EpsilonObjectiveKind = 'simple' | 'bound' | 'mixed';

/** Settings of the objective of an epsilon network. */
export interface EpsilonObjective {
  readonly kind: EpsilonObjectiveKind;
  /** Variance of the reverse process for which the bound is computed. */
  readonly variance: FixedVariance;
  /** For `mixed`: share of the times that are drawn in proportion to the weights of the bound, 0..1. */
  readonly boundShare: number;
}

/** A time t = 1..T and the weight of its squared error. */
export interface WeightedTime {
  readonly t: number;
  readonly weight: number;
}

/**
 * Weights of the squared error in the bound: L_{t-1} is weight * E (eps - eps_theta)^2 in nats a dimension, with
 * weight = beta_t^2 / (2 sigma_t^2 alpha_t (1 - abar_t)), eq. 12. Length T, index t - 1.
 */
export function boundWeights(schedule: NoiseSchedule, variance: FixedVariance): Float64Array {
  return schedule.betas.map((beta, i) => {
    const sigmaSquared = reverseVariance(schedule, i + 1, variance);
    return beta ** 2 / (2 * sigmaSquared * (1 - beta) * (1 - alphaBarAt(schedule, i + 1)));
  });
}

/** Maps a uniform number in [0, 1) to the time of an example and its weight. */
export type TimeSampler = (uniform: number) => WeightedTime;

/** Makes the sampler of times for an objective. */
export function timeSampler(schedule: NoiseSchedule, { kind, variance, boundShare }: EpsilonObjective): TimeSampler {
  const { T } = schedule;
  const weights = boundWeights(schedule, variance);
  const uniformTime = (u: number): number => Math.min(Math.floor(u * T), T - 1) + 1;
  if (kind === 'simple') return (u) => ({ t: uniformTime(u), weight: 1 });
  // The bound is a sum over all times: T times the mean over uniform times.
  if (kind === 'bound') return (u) => ({ t: uniformTime(u), weight: T * weights[uniformTime(u) - 1] });
  const cumulative = mixture(weights, boundShare);
  return (u) => ({ t: firstAbove(cumulative, u) + 1, weight: 1 });
}

/** Cumulative probabilities of a mixture: normalised weights with probability `share`, otherwise uniform. */
function mixture(weights: Float64Array, share: number): Float64Array {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  let cumulative = 0;
  return weights.map((weight) => {
    cumulative += (share * weight) / sum + (1 - share) / weights.length;
    return cumulative;
  });
}

/** Index of the first value above u, or the last index if there is none. */
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

/** Settings of photo-net's objective: the squared error of F, plus a Gaussian negative log-likelihood that trains G. */
export interface PhotoObjective {
  /** Factor of the negative log-likelihood. */
  readonly likelihoodWeight: number;
  /**
   * Three ascending noise levels. ln sigma is uniform between the first and the second for most examples, and between
   * the second and the third for the others.
   */
  readonly sigmas: readonly [number, number, number];
  /** Share of the examples whose noise level is between the second and the third of `sigmas`, 0..1. */
  readonly highShare: number;
}
