/** Logs and metrics of the commands that run jobs. */
import { Option } from 'commander';
import type { JobObserver } from '../batch/job-observer.ts';
import { jobLog } from '../metrics/json-log.ts';
import type { MetricsAddress } from '../metrics/metrics-server.ts';
import { type MetricsOptions, openMetrics } from '../metrics/open-metrics.ts';
import { parseMetricsAddress } from './parse-arguments.ts';
import type { CliIo } from './terminal/cli-io.ts';

/** Options of the commands that run jobs, as commander gives them. `--log` is seen to by run-cli.ts. */
export interface ObserveOptions {
  readonly metrics?: MetricsAddress;
  readonly quiet?: true;
}

/** The options `--metrics` and `--log`. */
export function observeOptions(): Option[] {
  const where =
    'at http://HOST:PORT/metrics, with /healthz and /readyz, while the command runs (default host: 127.0.0.1)';
  return [
    new Option('--metrics <[host:]port>', `serve metrics for Prometheus ${where}`).argParser(parseMetricsAddress),
    new Option(
      '--log <format>',
      'on standard error: text, or json, one object an event on a line (default: text)',
    ).choices(['text', 'json']),
  ];
}

/**
 * Runs a task with those who are to be told of its jobs. Metrics are served from before the task begins until it has ended.
 *
 * @throws DdpmError `ERR_DDPM_OUTPUT` before the task begins if the metrics cannot be served
 */
export async function withObservers<T>(
  { metrics: address, quiet }: ObserveOptions,
  about: Omit<MetricsOptions, 'address'>,
  io: CliIo,
  task: (observers: readonly JobObserver[]) => Promise<T>,
): Promise<T> {
  const log = io.log ? [jobLog(io.log)] : [];
  if (!address) return task(log);
  const metrics = await openMetrics({ ...about, address });
  try {
    if (!quiet) io.stderr.write(`metrics at ${metrics.url}\n`);
    return await task([...log, metrics.observer]);
  } finally {
    await metrics.close();
  }
}
