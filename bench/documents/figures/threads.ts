/** Figures of bench/threads.ts: what threads and batches gain where many images go through the network. */
import { type Figure, number, table } from '../figure.ts';
import { type FigureSource, source } from '../source.ts';

/** Seconds of a run, with the start of the threads. */
export interface RunTimes {
  /** By the clock. */
  readonly clock: number;
  /** CPU time of all threads. */
  readonly all: number;
}

/** Times of one kind of work, medians of the rounds. */
export interface WorkTimes {
  /** What is done: a command. */
  readonly work: string;
  /** Of all images. */
  readonly networkRuns: number;
  readonly one: RunTimes;
  readonly two: RunTimes;
}

/** What bench/threads.ts finds. */
export interface ThreadsReport {
  readonly rounds: number;
  /** Load average over the last minute at the end: what else the machine did. */
  readonly load: number;
  readonly work: readonly WorkTimes[];
  /**
   * Milliseconds of CPU time of an image in `analyze` with one thread, by the images of a batch: 32x32 pixels, one network
   * run.
   */
  readonly batches: readonly { readonly images: number; readonly ms: number }[];
}

/** The figures, by name. */
export function threadsFigures({ rounds, load, work, batches }: ThreadsReport): Record<string, Figure> {
  return {
    rounds: number(rounds),
    load: number(load),
    table: table(
      ['work', 'network runs', '`-j 1`', '`-j 2`', 'times as fast', 'CPU time, `-j 1`', '`-j 2`, all threads'],
      work.map(({ work: name, networkRuns, one, two }) => {
        const [clockOne, clockTwo, ...cpu] = [one.clock, two.clock, one.all, two.all].map((s) => `${s.toFixed(2)} s`);
        return [name, `${networkRuns}`, clockOne, clockTwo, (one.clock / two.clock).toFixed(2), ...cpu];
      }),
    ),
    batches: table(
      ['images in a batch', ...batches.map(({ images }) => `${images}`)],
      [['ms an image', ...batches.map(({ ms }) => ms.toFixed(2))]],
    ),
  };
}

/** Measurement `threads`. */
export const threads: FigureSource = source<ThreadsReport>('threads', threadsFigures, 'shape');
