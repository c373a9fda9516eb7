/** Figures of bench/likelihood.ts: ideal code lengths, and ideal rate and error by reverse steps. */
import type { AnalysisReport, AnalysisTerm } from 'ddpm-codec/analysis';
import { type Figure, number, table } from '../figure.ts';
import { type FigureSource, source } from '../source.ts';

/** An analysis. */
export interface Likelihood extends Pick<AnalysisReport, 'variance' | 'estimated' | 'codelength' | 'imperceptible'> {
  /** Number of steps that were evaluated. */
  readonly evaluated: number;
}

/** What bench/likelihood.ts finds. */
export interface LikelihoodReport {
  readonly images: number;
  /** Steps of the chain. */
  readonly steps: number;
  /** The first one evaluated all steps. */
  readonly analyses: readonly Likelihood[];
  /** Of the first analysis: rate and error when x_t is held, for some t; the first is x_1. */
  readonly points: readonly Pick<AnalysisTerm, 'reverseSteps' | 'rateBitsPerDim' | 'rmse'>[];
}

/** Rate and distortion of the paper's own model on CIFAR-10 (Ho et al. 2020, table 4), as printed there. */
const PAPER: readonly { readonly time: number; readonly rate: string; readonly rmse: string }[] = [
  { time: 1000, rate: '1.77581', rmse: '0.95136' },
  { time: 900, rate: '0.11994', rmse: '12.02277' },
  { time: 800, rate: '0.05415', rmse: '18.47482' },
  { time: 700, rate: '0.02866', rmse: '24.43656' },
  { time: 600, rate: '0.01507', rmse: '30.80948' },
];

/** Numbers of reverse steps of {@link LikelihoodReport.points}; after one less than the paper's time x_t is held. */
export const POINT_STEPS: readonly number[] = PAPER.map(({ time }) => time - 1);

function percent(share: number): Figure {
  return number(100 * share, 1, ' %');
}

/** Code lengths by variance. */
function codelengthTable({ steps, analyses }: LikelihoodReport): Figure {
  return table(
    ['variance', 'steps', 'code length, bits/dim', `L_1 + ... + L_${steps - 1}`, 'L_0', "L_0's share"],
    analyses.map(({ variance, estimated, codelength, imperceptible }, i) => {
      const { total, standardError } = codelength;
      const error = standardError === null ? 'unknown' : standardError.toFixed(3);
      return [
        `\`${variance}\``,
        estimated ? 'estimate' : 'all',
        `${total.toFixed(3)}, standard error ${i === 0 ? 'over the images ' : ''}${error}`,
        codelength.steps.toFixed(3),
        codelength.decoder.toFixed(3),
        percent(imperceptible.decoderShare).text,
      ];
    }),
  );
}

/** Rate and error beside the paper's. */
function pointsTable({ points }: LikelihoodReport): Figure {
  return table(
    ['steps taken', 'the default model: ideal bits/dim', 'RMSE', 'the paper: reverse time', 'ideal bits/dim', 'RMSE'],
    points.map(({ reverseSteps, rateBitsPerDim, rmse }, i) => {
      const paper = PAPER[i];
      return [`${reverseSteps}`, rateBitsPerDim.toFixed(5), rmse.toFixed(3), `${paper.time}`, paper.rate, paper.rmse];
    }),
  );
}

/** The figures, by name. */
export function likelihoodFigures(report: LikelihoodReport): Record<string, Figure> {
  const { analyses, points } = report;
  return {
    codelength: codelengthTable(report),
    evaluated: number(Math.max(...analyses.filter(({ estimated }) => estimated).map(({ evaluated }) => evaluated))),
    points: pointsTable(report),
    share: percent(analyses[0].imperceptible.decoderShare),
    error: number(points[0].rmse, 2),
  };
}

/** Measurement `likelihood`. */
export const likelihood: FigureSource = source<LikelihoodReport>('likelihood', likelihoodFigures);
