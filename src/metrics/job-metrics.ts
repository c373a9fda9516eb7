/** Counters and histograms of jobs, by Prometheus' conventions: base units, counters end with `_total`. */
import type { Registry } from 'prom-client';
import type { JobEnd, JobObserver, JobSeconds, ObservedJob } from '../batch/job-observer.ts';
import type { Prometheus } from './prometheus-library.ts';

/** Bounds in seconds: a picture of 32x32 pixels takes some 10 ms, one of 24 megapixels on one core some minutes. */
const SECONDS_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

const STAGES = ['read', 'network', 'transport', 'write'] as const satisfies (keyof JobSeconds)[];

/**
 * Registers the metrics of jobs.
 *
 * @param commands - those that will run: their metrics are there, as zeros, before the first job ends, so that no rate misses it
 * @returns keeps the metrics; bytes, pixels and seconds are those of jobs that are done
 */
export function jobMetrics(
  { Counter, Gauge, Histogram }: Prometheus,
  registry: Registry,
  commands: readonly ObservedJob['command'][],
): JobObserver {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, ...labels: Label[]) =>
    new Counter({ name: `ddpm_codec_${name}`, help, labelNames: ['command', ...labels], registers });
  const jobs = counter(
    'jobs_total',
    'Jobs that ended, by outcome (done, skipped, failed, returned); exit_code is 0 if they did not fail.',
    'outcome',
    'exit_code',
  );
  const retries = counter('retries_total', 'Tries that failed and were or will be followed by another.', 'exit_code');
  const inputBytes = counter('input_bytes_total', 'Bytes read for jobs that are done.');
  const outputBytes = counter('output_bytes_total', 'Bytes written by jobs that are done.');
  const pixels = counter('pixels_total', 'Pixels of the pictures of jobs that are done.');
  const atWork = new Gauge({
    name: 'ddpm_codec_jobs_active',
    help: 'Jobs that this process is working on.',
    labelNames: ['command'],
    registers,
  });
  const jobSeconds = new Histogram({
    name: 'ddpm_codec_job_seconds',
    help: 'Seconds from begin to end of a job that is done.',
    labelNames: ['command'],
    buckets: SECONDS_BUCKETS,
    registers,
  });
  const stageSeconds = new Histogram({
    name: 'ddpm_codec_stage_seconds',
    help: 'Seconds of the stages of a job that is done; those of network and transport are summed over threads.',
    labelNames: ['command', 'stage'],
    buckets: SECONDS_BUCKETS,
    registers,
  });
  for (const command of commands) {
    jobs.inc({ command, outcome: 'done', exit_code: '0' }, 0);
    for (const zero of [inputBytes, outputBytes, pixels]) zero.inc({ command }, 0);
    atWork.set({ command }, 0);
    jobSeconds.zero({ command });
    for (const stage of STAGES) stageSeconds.zero({ command, stage });
  }

  /** Commands of the jobs at work, by id. */
  const active = new Map<string, string>();
  const showActive = (command: string): void => {
    atWork.set({ command }, [...active.values()].filter((other) => other === command).length);
  };
  const countDone = (command: string, end: JobEnd): void => {
    inputBytes.inc({ command }, end.inputBytes ?? 0);
    outputBytes.inc({ command }, end.outputBytes ?? 0);
    pixels.inc({ command }, end.pixels ?? 0);
    if (!end.seconds) return;
    jobSeconds.observe({ command }, end.seconds.total);
    for (const stage of STAGES) stageSeconds.observe({ command, stage }, end.seconds[stage]);
  };
  return {
    started({ id, command }) {
      active.set(id, command);
      showActive(command);
    },
    ended({ id, command }, end) {
      active.delete(id);
      showActive(command);
      const code = String(end.exitCode ?? 0);
      if (end.outcome === 'retried') return retries.inc({ command, exit_code: code });
      jobs.inc({ command, outcome: end.outcome, exit_code: code });
      if (end.outcome === 'done') countDone(command, end);
    },
  };
}
