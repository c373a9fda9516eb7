/**
 * Adam (Kingma & Ba 2015), the schedule of its learning rate, gradient clipping and the moving average of the weights,
 * on plain vectors.
 */

/** Settings of the optimiser. */
export interface OptimizerSettings {
  /** Highest learning rate. */
  readonly learningRate: number;
  /** Decay of the running mean of the gradient. */
  readonly beta1: number;
  /** Decay of the running mean of the squared gradient. */
  readonly beta2: number;
  /** Added to the denominator of the update. */
  readonly epsilon: number;
  /** Number of steps over which the learning rate rises linearly from 0. */
  readonly warmupSteps: number;
  /** Learning rate after the warm-up: `cosine` falls to 0.5 % at the last step. */
  readonly decay: 'constant' | 'cosine';
  /** Largest norm of the gradient; gradients with a larger norm are scaled down to it. */
  readonly clipNorm: number;
}

/** Share of the learning rate that is left at the end of the cosine schedule. */
const COSINE_FLOOR = 0.005;

/**
 * Learning rate of a step.
 *
 * @param step - 0-based
 * @param steps - number of steps of the whole training
 */
export function learningRateAt(settings: OptimizerSettings, step: number, steps: number): number {
  const { learningRate, warmupSteps, decay } = settings;
  const warm = Math.min(1, (step + 1) / Math.max(warmupSteps, 1));
  const cosine = 0.5 * (1 + Math.cos((Math.PI * Math.min(step, steps)) / steps));
  return learningRate * warm * (decay === 'cosine' ? COSINE_FLOOR + (1 - COSINE_FLOOR) * cosine : 1);
}

/** State of Adam (Kingma & Ba 2015): vectors as long as the parameters. */
export interface AdamState {
  /** Running mean of the gradient. */
  readonly mean: Float32Array;
  /** Running mean of the squared gradient. */
  readonly square: Float32Array;
}

/** State before the first step. */
export function adamStart(size: number): AdamState {
  return { mean: new Float32Array(size), square: new Float32Array(size) };
}

/** Euclidean norm. */
export function normOf(vector: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += vector[i] * vector[i];
  return Math.sqrt(sum);
}

/**
 * Takes one step of Adam; changes `parameters` and `state`.
 *
 * @param gradient - not changed
 * @param options - `step`: 0-based; `rate`: learning rate of this step
 * @returns norm of the gradient before clipping
 */
export function adamStep(
  parameters: Float32Array,
  gradient: Float32Array,
  state: AdamState,
  options: { readonly settings: OptimizerSettings; readonly step: number; readonly rate: number },
): number {
  const { settings, step, rate } = options;
  const { beta1, beta2, epsilon } = settings;
  const { mean, square } = state;
  const norm = normOf(gradient);
  const scale = norm > settings.clipNorm ? settings.clipNorm / norm : 1;
  const stepSize = rate / (1 - beta1 ** (step + 1));
  const correction = 1 / (1 - beta2 ** (step + 1));
  for (let i = 0; i < parameters.length; i++) {
    const g = gradient[i] * scale;
    mean[i] = beta1 * mean[i] + (1 - beta1) * g;
    square[i] = beta2 * square[i] + (1 - beta2) * g * g;
    parameters[i] -= (stepSize * mean[i]) / (Math.sqrt(square[i] * correction) + epsilon);
  }
  return norm;
}

/**
 * Updates the moving average of the weights. The decay rises from step to step, so that the initial values have little
 * weight even after a short training.
 *
 * @param average - changed in place
 * @param step - 0-based
 * @param decay - final value of the decay, e.g. 0.9999
 */
export function averageStep(average: Float32Array, parameters: Float32Array, step: number, decay: number): void {
  const kept = Math.min(decay, (1 + step) / (10 + step));
  for (let i = 0; i < average.length; i++) average[i] += (1 - kept) * (parameters[i] - average[i]);
}
