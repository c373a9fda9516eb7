import { defined } from '../../base/defined.ts';
import {
  type AnalysedModel,
  type ReverseProcess,
  type ReverseProcessOptions,
  type ReverseVariance,
  reverseProcess,
  scheduleOfModel,
} from '../reverse-process.ts';
import { ancestralSampler } from './ancestral-sampler.ts';
import { ddimSampler } from './ddim-sampler.ts';
import { heunSampler } from './heun-sampler.ts';
import { SAMPLERS, type Sampler, type SamplerName } from './sampler.ts';

/** Options of a sampler. */
export interface SamplerOptions extends Omit<ReverseProcessOptions, 'steps' | 'variance'> {
  /**
   * `heun` (default; Karras et al. 2022, algorithm 1), `ddim` (Song, Meng & Ermon 2021) or `ancestral` (Ho, Jain & Abbeel
   * 2020, algorithm 2).
   */
  readonly sampler?: SamplerName;
  /**
   * Number of steps, >= 1. Default: 25 of `heun`, 50 of `ddim`, and of `ancestral` all that the model was trained with.
   * Those of `ddim` and `ancestral` are evenly spaced over the steps of the model's schedule, of which there must be as
   * many.
   */
  readonly steps?: number;
  /**
   * Variance of `ancestral`, and no option of the others. Default: `calibrated` if the model has a calibration, which is
   * right for any number of steps; otherwise that of the model's scheduler if all steps are taken, and `beta-tilde` if
   * not: between distant steps `beta` leaves noise behind that the next steps do not expect.
   */
  readonly variance?: ReverseVariance;
  /** Share of the noise of ancestral sampling that `ddim` adds at each step, 0..1; default 0: none after y_T. */
  readonly eta?: number;
}

/** A sampler and the process that it runs. */
export interface OpenSampler {
  readonly sampler: Sampler;
  readonly process: ReverseProcess;
  /** Its options with all defaults; null for those that the sampler does not have. */
  readonly settings: SamplerSettings;
}

/** Which sampler makes images, and how. */
export interface SamplerSettings {
  readonly sampler: SamplerName;
  readonly steps: number;
  readonly variance: ReverseVariance | null;
  readonly eta: number | null;
  readonly clip: boolean;
  /** Number of network runs for each image. */
  readonly networkRuns: number;
}

const HEUN_STEPS = 25;
const DDIM_STEPS = 50;
const MAX_STEPS = 100_000;

/**
 * Makes the sampler that options ask for.
 *
 * @throws RangeError or TypeError if an option is out of range, or does not belong to the sampler; DdpmError
 *   `ERR_DDPM_MODEL_CORRUPT` if the variance is `calibrated` and the model has no calibration
 */
export function openSampler(model: AnalysedModel, options: SamplerOptions): OpenSampler {
  const { sampler: name = SAMPLERS[0], eta = 0 } = options;
  if (!SAMPLERS.includes(name)) throw new RangeError(`"sampler" expected one of ${SAMPLERS.join(', ')}, got ${name}`);
  if (name !== 'ancestral' && options.variance !== undefined) {
    throw new TypeError(`"variance" expected only with the sampler ancestral, got one for ${name}`);
  }
  if (name !== 'ddim' && options.eta !== undefined) {
    throw new TypeError(`"eta" expected only with the sampler ddim, got one for ${name}`);
  }
  if (!(eta >= 0 && eta <= 1)) throw new RangeError(`"eta" expected number 0..1, got ${eta}`);
  const clip = defined({ clip: options.clip });
  if (name === 'heun') {
    const { steps = HEUN_STEPS } = options;
    if (!Number.isInteger(steps) || steps < 1 || steps > MAX_STEPS) {
      throw new RangeError(`"steps" expected integer 1..${MAX_STEPS}, got ${steps}`);
    }
    const process = reverseProcess(model, clip);
    return opened(heunSampler(process, steps), process, { sampler: name, variance: null, eta: null });
  }
  if (name === 'ddim') {
    const { steps = Math.min(DDIM_STEPS, scheduleOfModel(model).T) } = options;
    const process = reverseProcess(model, { steps, ...clip });
    return opened(ddimSampler(process, eta), process, { sampler: name, variance: null, eta });
  }
  const process = reverseProcess(model, ancestralOptions(model, options));
  return opened(ancestralSampler(process), process, { sampler: name, variance: process.variance, eta: null });
}

function ancestralOptions(model: AnalysedModel, { steps, variance, clip }: SamplerOptions): ReverseProcessOptions {
  const isWhole = steps === undefined || steps === scheduleOfModel(model).T;
  const fitting: ReverseVariance | undefined = model.calibration ? 'calibrated' : isWhole ? undefined : 'beta-tilde';
  return defined({ steps, variance: variance ?? fitting, clip });
}

function opened(
  sampler: Sampler,
  process: ReverseProcess,
  settings: Pick<SamplerSettings, 'sampler' | 'variance' | 'eta'>,
): OpenSampler {
  const steps = sampler.levels.length - 1;
  const networkRuns = sampler.networkRuns(steps);
  return { sampler, process, settings: { ...settings, steps, clip: process.clip, networkRuns } };
}
