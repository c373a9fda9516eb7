/** Figures of bench/denoising.ts: PSNR of the denoiser's estimate. */
import { mean } from '../../mean.ts';
import { type Figure, number, table } from '../figure.ts';
import { type FigureSource, source } from '../source.ts';

/** What bench/denoising.ts finds. */
export interface DenoisingReport {
  /** Number of pictures. */
  readonly count: number;
  readonly levels: readonly {
    /** Standard deviation of the noise in grey levels. */
    readonly noise: number;
    /** PSNR in dB of each picture. */
    readonly psnr: readonly number[];
  }[];
}

/** The figures, by name. */
export function denoisingFigures({ count, levels }: DenoisingReport): Record<string, Figure> {
  const means = levels.map(({ psnr }) => mean(psnr));
  return {
    table: table(
      ['noise in grey levels', ...levels.map(({ noise }) => `${noise}`)],
      [['PSNR in dB', ...means.map((psnr) => psnr.toFixed(2))]],
    ),
    count: number(count),
    ...Object.fromEntries(levels.map(({ noise }, i) => [`psnr.${noise}`, number(means[i], 2, ' dB')])),
  };
}

/** Measurement `denoising`. */
export const denoising: FigureSource = source<DenoisingReport>('denoising', denoisingFigures);
