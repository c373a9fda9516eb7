import type { SamplerName } from '../../analysis/samplers/sampler.ts';
import type { Shard } from '../../batch/shard.ts';
import type { ImageFormat } from '../../image/files/image-format.ts';
import type { ReverseCommandOptions } from './analyze-command.ts';

/** Options of the `sample` command as commander gives them; numbers are parsed but not checked. */
export interface SampleCommandOptions extends ReverseCommandOptions {
  readonly count?: number;
  readonly size?: { readonly width: number; readonly height: number };
  readonly sampler?: SamplerName;
  readonly eta?: number;
  readonly grid?: string;
  readonly out?: string;
  readonly shard?: Shard;
  readonly format?: ImageFormat;
  readonly progressive?: string;
  readonly frames?: number;
  readonly interpolate?: readonly string[];
  readonly atStep?: number;
  /** False with `--no-shared-noise`. */
  readonly sharedNoise: boolean;
  readonly columns?: number;
  readonly scale?: number;
  readonly json?: true;
}
