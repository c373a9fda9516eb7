/** Figures of bench/loop.ts: how long the event loop waits while pictures are encoded and decoded. */
import { type Figure, table } from '../figure.ts';
import { type FigureSource, source } from '../source.ts';

/** Where the work is done. */
export const CODERS = ['inline', 'worker', 'createCodec'] as const;

/** Encoding or decoding of a picture. */
export interface LoopRow {
  /** What is done: `encode 256x256`. */
  readonly work: string;
  /** By coder, in their order. */
  readonly coders: readonly {
    /** Longest time in milliseconds between two turns of a timer of 10 ms. */
    readonly longestMs: number;
    /** Time in milliseconds in which the event loop had something to do. */
    readonly busyMs: number;
    /** Time of the call in milliseconds. */
    readonly callMs: number;
  }[];
}

/** What bench/loop.ts finds. */
export interface LoopReport {
  /** Longest time in milliseconds between two turns while nothing is done for some seconds: what the machine adds. */
  readonly idleMs: number;
  readonly rows: readonly LoopRow[];
}

/** The largest of what was measured for pictures of 256x256 pixels. */
function most({ rows }: LoopReport, coder: (typeof CODERS)[number], what: keyof LoopRow['coders'][number]): Figure {
  const small = rows.filter(({ work }) => work.includes('256x256'));
  const value = Math.max(...small.map(({ coders }) => coders[CODERS.indexOf(coder)][what]));
  return { text: `${value.toFixed(0)} ms`, value };
}

/** Figures of a report. */
export function loopFigures(report: LoopReport): Record<string, Figure> {
  return {
    rows: table(
      ['', ...['longest', 'busy', 'call'].flatMap((what) => CODERS.map((coder) => `${what}, ms: ${coder}`))],
      report.rows.map(({ work, coders }) => [
        work,
        ...coders.map(({ longestMs }) => longestMs.toFixed(0)),
        ...coders.map(({ busyMs }) => busyMs.toFixed(0)),
        ...coders.map(({ callMs }) => callMs.toFixed(0)),
      ]),
    ),
    idle: { text: `${report.idleMs.toFixed(0)} ms`, value: report.idleMs },
    'inline.longest': most(report, 'inline', 'longestMs'),
    'worker.busy': most(report, 'worker', 'busyMs'),
  };
}

/** Measurement `loop`. */
export const loop: FigureSource = source<LoopReport>('loop', loopFigures, 'shape');
