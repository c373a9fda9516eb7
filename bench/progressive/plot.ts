/** Plots PSNR against the bytes that have been received. */
import type { PlotSpec } from '#dist/analysis/plot-svg.js';
import { PLOT_CONFIG, STYLES } from '#dist/benchmark/report/plot-style.js';
import { type Cut, cutsByRank, meanOfAll, type ProgressiveReport } from '../documents/figures/progressive.ts';
import { mean } from '../mean.ts';
import type { SizePoint } from './gap.ts';

interface Curve {
  readonly name: string;
  readonly colour: string;
  readonly dash: readonly number[];
  readonly points: readonly SizePoint[];
}

const CUT: readonly number[] = [1, 0];
const MADE: readonly number[] = [6, 3];

/** Means over the pictures at each rank; ranks that a picture lacks are left out. */
function meanPoints(ranks: readonly (readonly { bytes: number; psnr: number | null }[])[]): SizePoint[] {
  return ranks.flatMap((points) => {
    const psnr = meanOfAll(points.map((point) => point.psnr));
    return psnr === null ? [] : [{ bytes: mean(points.map(({ bytes }) => bytes)), psnr }];
  });
}

function curvesOf(report: ProgressiveReport): Curve[] {
  const { pictures } = report;
  const cuts = cutsByRank(report);
  const ofCuts = (psnrOf: (cut: Cut) => number | null): SizePoint[] =>
    meanPoints(cuts.map((rank) => rank.map((cut) => ({ bytes: cut.bytes, psnr: psnrOf(cut) }))));
  const sizes = Array.from({ length: Math.min(...pictures.map(({ files }) => files.length)) }, (_, k) => k);
  const files = meanPoints(sizes.map((k) => pictures.map((picture) => picture.files[k])));
  const webp = meanPoints(
    sizes.map((k) =>
      pictures.map((picture) => {
        const { bytes } = picture.files[k];
        return { bytes, psnr: picture.webp.find((point) => point.bytes === bytes)?.psnr ?? null };
      }),
    ),
  );
  return [
    { name: 'ddpm-codec, one file cut', colour: STYLES.ddpm.colour, dash: CUT, points: ofCuts(({ psnr }) => psnr) },
    { name: 'ddpm-codec, made for the size', colour: STYLES['ddpm-file'].colour, dash: MADE, points: files },
    { name: 'JPEG, one file cut', colour: STYLES.jpeg.colour, dash: CUT, points: ofCuts(({ jpeg }) => jpeg) },
    { name: 'JPEG XL, one file cut', colour: STYLES.jxl.colour, dash: CUT, points: ofCuts(({ jxl }) => jxl) },
    { name: 'WebP, made for the size', colour: STYLES.webp.colour, dash: MADE, points: webp },
  ].filter(({ points }) => points.length > 0);
}

/** The plot of a report: means over its pictures. */
export function progressivePlot(report: ProgressiveReport): PlotSpec {
  const curves = curvesOf(report);
  const names = curves.map(({ name }) => name);
  const legend = { title: null, orient: 'right', symbolType: 'stroke' };
  const values = curves.flatMap(({ name, points }) =>
    points.map((point) => ({
      ...point,
      name,
      tip: `${name}: ${point.psnr.toFixed(2)} dB at ${point.bytes.toFixed(0)} bytes`,
    })),
  );
  const byName = (range: readonly unknown[]): object => ({
    field: 'name',
    type: 'nominal',
    scale: { domain: names, range },
    legend,
  });
  const encoding = {
    x: {
      field: 'bytes',
      type: 'quantitative',
      title: 'bytes received (log scale)',
      axis: { format: '~s' },
      scale: { type: 'log', nice: false },
    },
    y: { field: 'psnr', type: 'quantitative', title: 'PSNR (dB)', scale: { zero: false } },
    color: byName(curves.map(({ colour }) => colour)),
  };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    padding: 10,
    width: 640,
    height: 400,
    config: PLOT_CONFIG,
    data: { values },
    layer: [
      {
        mark: { type: 'line', strokeWidth: 2 },
        encoding: { ...encoding, strokeDash: byName(curves.map(({ dash }) => dash)) },
      },
      {
        mark: { type: 'point', filled: true, size: 34, opacity: 1 },
        encoding: { ...encoding, description: { field: 'tip' } },
      },
    ],
  } as PlotSpec;
}
