/** Plots what channels cost: bits above the ideal against time. */
import type { PlotSpec } from '#dist/analysis/plot-svg.js';
import { panelPlot } from '#dist/benchmark/report/plot-style.js';
import type { ChannelsReport } from '../documents/figures/channels.ts';
import type { Scheme } from './channel.ts';

/** Colour and shape of each scheme's marks. */
const STYLES: Readonly<Record<Scheme, readonly [colour: string, shape: string]>> = {
  trellis: ['#d62728', 'circle'],
  dithered: ['#1f77b4', 'square'],
  PFR: ['#2ca02c', 'triangle-up'],
  'A*': ['#9467bd', 'diamond'],
  ORC: ['#ff7f0e', 'cross'],
  MRC: ['#8c564b', 'triangle-down'],
  'best of N': ['#7f7f7f', 'triangle-right'],
};
/** Schemes whose settings are one trade of bits against time, and are joined by a line. */
const LINES: readonly string[] = ['trellis', 'PFR', 'A*', 'best of N'];
const PANEL = { width: 230, height: 200 };
const COLUMNS = 3;

/** The plot of a report: a panel for each source, a mark for each channel and setting, without the trellis code in one pass. */
export function channelsPlot({ sources, rows }: ChannelsReport): PlotSpec {
  const values = rows
    .filter(({ setting }) => !setting.includes('one pass'))
    .map((row) => ({
      source: row.source,
      scheme: row.scheme,
      isLine: LINES.includes(row.scheme),
      time: row.encodeTime,
      excess: 100 * (row.overhead - 1),
      tip: `${row.source}, ${row.scheme} ${row.setting}: ${row.overhead.toFixed(3)} times the ideal bits, ${row.encodeTime.toPrecision(3)} µs a bit`,
    }));
  const names = Object.keys(STYLES);
  const styled = (index: 0 | 1): object => ({
    field: 'scheme',
    type: 'nominal',
    scale: { domain: names, range: Object.values(STYLES).map((style) => style[index]) },
    legend: { title: null, orient: 'bottom', columns: names.length, symbolSize: 60 },
  });
  const encoding = {
    x: {
      field: 'time',
      type: 'quantitative',
      scale: { type: 'log' },
      title: 'encoding, µs CPU a bit',
      axis: { values: [0.1, 1, 10, 100, 1000], format: '~f' },
    },
    y: {
      field: 'excess',
      type: 'quantitative',
      scale: { type: 'log', domain: [3, 2000] },
      title: 'bits above the ideal (%)',
      axis: { values: [5, 10, 20, 50, 100, 200, 500, 1000], format: '~f' },
    },
    color: styled(0),
  };
  const layer = [
    {
      transform: [{ filter: 'datum.isLine' }],
      mark: { type: 'line', strokeWidth: 1 },
      encoding,
    },
    {
      mark: { type: 'point', filled: true, size: 46, opacity: 0.9 },
      encoding: { ...encoding, shape: styled(1), description: { field: 'tip' } },
    },
  ];
  const panel = { field: 'source', sort: sources.map(({ name }) => name), columns: COLUMNS };
  return panelPlot(values, panel, { ...PANEL, layer }) as PlotSpec;
}
