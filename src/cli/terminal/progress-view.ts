import { SingleBar } from 'cli-progress';
import type { Progress } from '../../coding/run-options.ts';
import type { CliIo } from './cli-io.ts';
import { seconds } from './text-format.ts';

/** Shortest time between two lines of progress if standard error is not a terminal. */
const LINE_INTERVAL_MS = 10_000;

/** Share of the work from which on the remaining time is estimated: the first, small layers say little about it. */
const LEAST_DONE = 0.05;

/** Resolution of the progress bar. */
const TICKS = 1000;

/** Progress to show: layers of a file, files of a batch, or other steps. */
export interface Stage extends Pick<Progress, 'step' | 'steps' | 'fraction'> {
  /** Name of a step; default `layer`. */
  readonly unit?: 'layer' | 'file' | 'image' | 'step' | 'level' | 'MB';
}

/** Shows progress. */
export interface ProgressView {
  update(stage: Stage): void;
  /**
   * Removes the bar until the next update. Must be called before anything else is printed, and at the end, also after a
   * failure.
   */
  stop(): void;
}

/** Makes a progress view: a bar on a terminal, occasional lines otherwise, nothing with `quiet`. It uses no colours. */
export function createProgressView(label: string, quiet: boolean, io: CliIo): ProgressView {
  if (quiet) return { update: () => {}, stop: () => {} };
  return io.stderr.isTTY ? createBar(label, io) : createLines(label, io);
}

function createBar(label: string, io: CliIo): ProgressView {
  const format = `${label} [{bar}] {percentage}%  {unit} {step}/{steps}  {left}`;
  const bar = new SingleBar({ format, stream: io.stderr, clearOnComplete: true, barsize: 30, gracefulExit: false });
  const timeLeft = createClock(io);
  let isStarted = false;
  return {
    update(progress) {
      const { unit = 'layer', step, steps } = progress;
      const payload = { unit, step, steps, left: timeLeft(progress) };
      if (!isStarted) bar.start(TICKS, 0, payload);
      isStarted = true;
      bar.update(Math.floor(progress.fraction * TICKS), payload);
    },
    stop() {
      if (isStarted) bar.stop();
      isStarted = false;
    },
  };
}

function createLines(label: string, io: CliIo): ProgressView {
  const timeLeft = createClock(io);
  let lastMs = io.now();
  return {
    update(progress) {
      const left = timeLeft(progress);
      if (io.now() - lastMs < LINE_INTERVAL_MS) return;
      lastMs = io.now();
      const percent = Math.floor(progress.fraction * 100);
      const { unit = 'layer', step, steps } = progress;
      io.stderr.write(`${label}: ${percent}%, ${unit} ${step}/${steps}${left && `, ${left}`}\n`);
    },
    stop() {},
  };
}

/**
 * Makes the function that estimates the remaining time: the rest takes as long as the work since the first report, in
 * proportion, because what came before it (loading of the model) is not part of the work. It returns an empty text at the
 * beginning, when there is no estimate.
 */
function createClock(io: CliIo): (stage: Stage) => string {
  let start: { readonly ms: number; readonly fraction: number } | undefined;
  return ({ fraction }) => {
    start ??= { ms: io.now(), fraction };
    const done = fraction - start.fraction;
    return done > LEAST_DONE ? `${seconds(((io.now() - start.ms) / done) * (1 - fraction))} left` : '';
  };
}
