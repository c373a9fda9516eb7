/** Figures of bench/element.ts: how soon the pictures of a page are there. */
import { type Figure, number, range, table } from '../figure.ts';
import { type FigureSource, source } from '../source.ts';

/** One visit of the page; times in milliseconds. */
export interface ElementVisit {
  /** For each picture: from its first byte to its first frame. */
  readonly firstMs: readonly number[];
  /** For each picture: from its first byte to the frame of the last layer of the levels before the full size. */
  readonly coarseMs: readonly number[];
  /** From the opening of the page until every picture has its first frame. */
  readonly allFirstMs: number;
  /** Longest task of the page's thread; 0 if the browser reports none, which it does from 50 ms on. */
  readonly longestTaskMs: number;
}

/** What bench/element.ts finds. */
export interface ElementReport {
  readonly pictures: number;
  /** Size of an element in CSS pixels, which are pixels of the screen. */
  readonly width: number;
  readonly height: number;
  /** Mean number of bytes of a file, in its first frame, and in the frame of the coarse levels. */
  readonly fileBytes: number;
  readonly firstBytes: number;
  readonly coarseBytes: number;
  /** Load average of the machine over a minute, when the measurement began. */
  readonly load: number;
  /** First visits: nothing is in a cache, no worker runs. */
  readonly cold: readonly ElementVisit[];
  /** Later visits: the model is in the browser's cache, and no worker runs. */
  readonly warm: readonly ElementVisit[];
}

const VISITS = ['cold', 'warm'] as const;

/** The largest value in each visit, over the visits. */
function worst(visits: readonly ElementVisit[], key: 'firstMs' | 'coarseMs'): number[] {
  return visits.map((visit) => Math.max(...visit[key]));
}

/** Figures of a report. */
export function elementFigures(report: ElementReport): Record<string, Figure> {
  const longest = [...report.cold, ...report.warm].map(({ longestTaskMs }) => longestTaskMs);
  const seconds = (values: readonly number[]): string =>
    range(
      values.map((ms) => ms / 1000),
      2,
    ).text;
  const rows = VISITS.map((name) => {
    const visits = report[name];
    return [
      name === 'cold' ? 'first visit' : 'later visit',
      seconds(visits.map(({ allFirstMs }) => allFirstMs)),
      seconds(worst(visits, 'firstMs')),
      seconds(worst(visits, 'coarseMs')),
      range(visits.map(({ longestTaskMs }) => longestTaskMs)).text,
    ];
  });
  const head = [
    '',
    'page opened to all first frames, s',
    'bytes to first frame, s',
    'to coarse levels, s',
    'longest task, ms',
  ];
  return {
    table: table(head, rows),
    pictures: number(report.pictures),
    'cold.first': range(
      worst(report.cold, 'firstMs').map((ms) => ms / 1000),
      2,
      ' s',
    ),
    'warm.first': range(
      worst(report.warm, 'firstMs').map((ms) => ms / 1000),
      2,
      ' s',
    ),
    longest: { text: `${Math.max(...longest).toFixed(0)} ms`, value: Math.max(...longest) },
    'bytes.file': number(report.fileBytes / 1000, 0, ' kB'),
    'bytes.first': number(report.firstBytes),
    'bytes.coarse': number(report.coarseBytes / 1000, 1, ' kB'),
    load: number(report.load, 1),
  };
}

/** Measurement `element`. */
export const element: FigureSource = source<ElementReport>('element', elementFigures, 'shape');
