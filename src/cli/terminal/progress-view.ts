import { SingleBar } from 'cli-progress';
import type { Progress } from '../../coding/run-options.ts';
import type { CliIo } from './cli-io.ts';
import { seconds } from './text-format.ts';

/** Without a terminal at most one line in this time. */
const LINE_INTERVAL_MS = 10_000;

/** Ticks of the bar for the whole work. */
const TICKS = 1000;

/** How far a run has come: layers of a file, or files of a batch. */
export interface Stage extends Pick<Progress, 'step' | 'steps' | 'fraction'> {
  /** What the steps are; default `layer`. */
  readonly unit?: 'layer' | 'file' | 'step' | 'level';
}

/** Shows how far a run has come. */
export interface ProgressView {
  update(stage: Stage): void;
  /** Removes what is shown until the next update; to be called before anything else is printed, also after a failure. */
  stop(): void;
}

/** The view that fits: a bar on a terminal, sparse lines otherwise, nothing with `quiet`. It uses no colours. */
export function createProgressView(label: string, quiet: boolean, io: CliIo): ProgressView {
  if (quiet) return { update: () => {}, stop: () => {} };
  return io.stderr.isTTY ? createBar(label, io) : createLines(label, io);
}

function createBar(label: string, io: CliIo): ProgressView {
  const format = `${label} [{bar}] {percentage}%  {unit} {step}/{steps}  {left}`;
  const bar = new SingleBar({ format, stream: io.stderr, clearOnComplete: true, barsize: 30, gracefulExit: false });
  const startMs = io.now();
  let isStarted = false;
  return {
    update(progress) {
      const { unit = 'layer', step, steps } = progress;
      const payload = { unit, step, steps, left: timeLeft(progress, io.now() - startMs) };
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
  const startMs = io.now();
  let lastMs = startMs;
  return {
    update(progress) {
      if (io.now() - lastMs < LINE_INTERVAL_MS) return;
      lastMs = io.now();
      const percent = Math.floor(progress.fraction * 100);
      const left = timeLeft(progress, lastMs - startMs);
      const { unit = 'layer', step, steps } = progress;
      io.stderr.write(`${label}: ${percent}%, ${unit} ${step}/${steps}${left && `, ${left}`}\n`);
    },
    stop() {},
  };
}

/** Time left if the rest goes as fast as what is done; too early it would be a guess. */
function timeLeft({ fraction }: Stage, elapsedMs: number): string {
  return fraction > 0.02 ? `${seconds((elapsedMs / fraction) * (1 - fraction))} left` : '';
}
