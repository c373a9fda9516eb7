/** Figures of bench/threads.ts: what threads and batches gain where many images go through the network. */
import { type Figure, number, table } from '../figure.ts';
import { type FigureSource, source } from '../source.ts';

/** Times of one kind of work, medians of the rounds. */
export interface WorkTimes {
  /** What is done, e.g. `sample, 64 images, 49 network runs each`. */
  readonly work: string;
  readonly networkRuns: number;
  /** Seconds, with the start of the threads, by number of threads. */
  readonly seconds: Readonly<Record<number, number>>;
  /** Median over the rounds of time with one thread / time with two, both of one round. */
  readonly speedUp: number;
}

/** What bench/threads.ts finds. */
export interface ThreadsReport {
  readonly rounds: number;
  /** Load average over the last minute at the end: what else the machine did. */
  readonly load: number;
  readonly work: readonly WorkTimes[];
  /** Milliseconds of an image in `analyze` with one thread, by the images of a batch: 32x32 pixels, one network run. */
  readonly batches: readonly { readonly images: number; readonly ms: number }[];
}

/** The figures, by name. */
export function threadsFigures({ rounds, load, work, batches }: ThreadsReport): Record<string, Figure> {
  return {
    rounds: number(rounds),
    load: number(load),
    table: table(
      ['work', 'network runs', '`-j 1`', '`-j 2`', 'times as fast'],
      work.map(({ work: name, networkRuns, seconds, speedUp }) => {
        return [name, `${networkRuns}`, ...[1, 2].map((n) => `${seconds[n].toFixed(1)} s`), speedUp.toFixed(2)];
      }),
    ),
    batches: table(
      ['images in a batch', ...batches.map(({ images }) => `${images}`)],
      [['ms an image', ...batches.map(({ ms }) => ms.toFixed(2))]],
    ),
  };
}

/** Measurement `threads`. */
export const threads: FigureSource = source<ThreadsReport>('threads', threadsFigures);
