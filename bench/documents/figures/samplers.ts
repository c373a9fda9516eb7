/** Figures of bench/samplers.ts: how fine the detail of samples is, by sampler and steps. */
import type { ReverseVariance, SamplerName } from 'ddpm-codec/analysis';
import { type Figure, number, table } from '../figure.ts';
import { type FigureSource, source } from '../source.ts';

/** Root mean squares over the pixels of pictures, in grey levels. */
export interface Detail {
  /** Of the luminance's difference from the mean of the four neighbours. */
  readonly luminance: number;
  /** The same of the colour differences R - Y and B - Y, on average. */
  readonly colour: number;
  /** Of the luminance's difference from its mean over the picture. */
  readonly contrast: number;
}

/** Samples of one sampler. */
export interface SamplerRow extends Detail {
  readonly sampler: SamplerName;
  readonly variance: ReverseVariance | null;
  readonly steps: number;
  readonly networkRuns: number;
}

/** What bench/samplers.ts finds. */
export interface SamplersReport {
  /** Number of images of each sampler, and of photographs. */
  readonly images: number;
  /** Of photographs of the same size, CIFAR-10. */
  readonly photographs: Detail;
  readonly rows: readonly SamplerRow[];
}

function cells({ luminance, colour, contrast }: Detail): string[] {
  return [luminance, colour, contrast].map((value) => value.toFixed(1));
}

/** The figures, by name. */
export function samplersFigures({ images, photographs, rows }: SamplersReport): Record<string, Figure> {
  const head = ['sampler', 'steps', 'network runs', 'detail, luminance', 'detail, colour', 'contrast'];
  return {
    images: number(images),
    table: table(head, [
      ['photographs (CIFAR-10)', '', '', ...cells(photographs)],
      ...rows.map((row) => {
        const { sampler, variance, steps, networkRuns } = row;
        const name = variance === null ? `\`${sampler}\`` : `\`${sampler}\`, \`${variance}\``;
        return [name, `${steps}`, `${networkRuns}`, ...cells(row)];
      }),
    ]),
  };
}

/** Measurement `samplers`. */
export const samplers: FigureSource = source<SamplersReport>('samplers', samplersFigures);
