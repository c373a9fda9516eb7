/** Reads noise schedules from the `scheduler_config.json` files of the diffusers library. */
import { DdpmError } from '../../base/errors.ts';
import { cosineSchedule, type FixedVariance, linspace, type NoiseSchedule, scheduleOfBetas } from './noise-schedule.ts';

/** Contents of a `scheduler_config.json`. */
export interface SchedulerConfig {
  readonly schedule: NoiseSchedule;
  /** Variance of the reverse process when sampling: `beta` for `fixed_large`, `beta-tilde` for `fixed_small`. */
  readonly variance: FixedVariance;
  /** Whether the estimate of x_0 is clamped to [-1, 1] when sampling. */
  readonly clipSample: boolean;
}

const VARIANCES: ReadonlyMap<unknown, FixedVariance> = new Map([
  ['fixed_small', 'beta-tilde'],
  ['fixed_large', 'beta'],
] as const);

/** Unsupported settings that change the process. They must be absent, null or false. */
const UNSUPPORTED = ['thresholding', 'rescale_betas_zero_snr'] as const;

/**
 * Reads the fields that define the process. Ignores fields that only concern the order of sampling steps
 * (`timestep_spacing` and similar). Missing fields have the defaults of diffusers.
 *
 * @param config - the parsed JSON
 * @param source - name of the file, for error messages
 * @throws DdpmError `ERR_DDPM_MODEL_CORRUPT` naming the wrong field and the supported values
 */
export function fromConfig(
  config: Readonly<Record<string, unknown>>,
  source = 'scheduler_config.json',
): SchedulerConfig {
  for (const field of UNSUPPORTED) if (config[field]) throw failure(source, field, config[field], 'false');
  const prediction = config.prediction_type ?? 'epsilon';
  if (prediction !== 'epsilon') throw failure(source, 'prediction_type', prediction, '"epsilon"');
  const variance = VARIANCES.get(config.variance_type ?? 'fixed_small');
  if (!variance) throw failure(source, 'variance_type', config.variance_type, '"fixed_small" or "fixed_large"');
  const clipSample = config.clip_sample ?? true;
  if (typeof clipSample !== 'boolean') throw failure(source, 'clip_sample', clipSample, 'true or false');
  const clipRange = config.clip_sample_range ?? 1;
  if (clipSample && clipRange !== 1) throw failure(source, 'clip_sample_range', clipRange, '1');
  return { schedule: readSchedule(config, source), variance, clipSample };
}

function readSchedule(config: Readonly<Record<string, unknown>>, source: string): NoiseSchedule {
  const steps = readNumber(config, 'num_train_timesteps', 1000, source);
  if (!Number.isInteger(steps) || steps < 1 || steps > 100_000) {
    throw failure(source, 'num_train_timesteps', steps, 'an integer 1..100000');
  }
  if (config.trained_betas != null) return readBetas(config.trained_betas, steps, source);
  const kind = config.beta_schedule ?? 'linear';
  if (kind === 'squaredcos_cap_v2') return cosineSchedule({ steps });
  const start = readBeta(config, 'beta_start', 1e-4, source);
  const end = readBeta(config, 'beta_end', 0.02, source);
  if (kind === 'linear') return scheduleOfBetas(linspace(start, end, steps));
  if (kind === 'scaled_linear') {
    return scheduleOfBetas(linspace(Math.sqrt(start), Math.sqrt(end), steps).map((root) => root * root));
  }
  throw failure(source, 'beta_schedule', kind, '"linear", "scaled_linear" or "squaredcos_cap_v2"');
}

function readBetas(betas: unknown, steps: number, source: string): NoiseSchedule {
  const isBeta = (beta: unknown): boolean => typeof beta === 'number' && beta > 0 && beta < 1;
  if (!Array.isArray(betas) || betas.length !== steps || !betas.every(isBeta)) {
    throw failure(source, 'trained_betas', betas, `null or ${steps} numbers in (0, 1)`);
  }
  return scheduleOfBetas(betas as number[]);
}

function readBeta(config: Readonly<Record<string, unknown>>, field: string, missing: number, source: string): number {
  const beta = readNumber(config, field, missing, source);
  if (!(beta > 0 && beta < 1)) throw failure(source, field, beta, 'a number in (0, 1)');
  return beta;
}

function readNumber(config: Readonly<Record<string, unknown>>, field: string, missing: number, source: string): number {
  const value = config[field] ?? missing;
  if (typeof value !== 'number') throw failure(source, field, value, 'a number');
  return value;
}

function failure(source: string, field: string, value: unknown, expected: string): DdpmError {
  const found = JSON.stringify(value)?.slice(0, 80);
  return new DdpmError('ERR_DDPM_MODEL_CORRUPT', `${source}: field ${field} is ${found}, expected ${expected}`);
}
