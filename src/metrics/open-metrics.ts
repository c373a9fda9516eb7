/** Metrics of a process for Prometheus: what is counted, and the address at which it is read. */
import type { JobObserver, ObservedJob } from '../batch/job-observer.ts';
import { jobMetrics } from './job-metrics.ts';
import { type MetricsAddress, serveMetrics } from './metrics-server.ts';
import { requirePrometheus } from './prometheus-library.ts';
import { type QueueGauges, queueMetrics } from './queue-metrics.ts';

/** What {@link openMetrics} takes. */
export interface MetricsOptions {
  readonly address: MetricsAddress;
  /** Version of this package. */
  readonly version: string;
  /** Commands whose jobs will be told. */
  readonly commands: readonly ObservedJob['command'][];
  /** Asks the queue that the jobs come from, if they do; may fail or hang. */
  readonly readQueue?: () => Promise<QueueGauges>;
  /** Whether work can be done; default: always. */
  readonly isReady?: () => boolean;
}

/** Metrics that can be read. */
export interface Metrics {
  /** Keeps the metrics. */
  readonly observer: JobObserver;
  /** Where they are: `http://HOST:PORT/metrics`. */
  readonly url: string;
  close(): Promise<void>;
}

/** Gauges of prom-client whose names end as those of counters do; promtool refuses them. */
const MISNAMED = ['nodejs_active_resources_total', 'nodejs_active_handles_total', 'nodejs_active_requests_total'];

/**
 * Starts to serve metrics of jobs, of their queue and of this process.
 *
 * @throws DdpmError `ERR_DDPM_DEPENDENCY` without the package prom-client; `ERR_DDPM_OUTPUT` if the address cannot be listened on,
 *   e.g. because another process does
 */
export async function openMetrics(options: MetricsOptions): Promise<Metrics> {
  const { address, version, commands, readQueue, isReady = () => true } = options;
  const prometheus = await requirePrometheus();
  const registry = new prometheus.Registry();
  prometheus.collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  new prometheus.Gauge({
    name: 'ddpm_codec_build_info',
    help: 'Is 1; its labels name the version of ddpm-codec and of Node.',
    labelNames: ['version', 'node'],
    registers: [registry],
  }).set({ version, node: process.version }, 1);
  const observer = jobMetrics(prometheus, registry, commands);
  const refreshQueue = readQueue && queueMetrics(prometheus, registry, readQueue);
  const server = await serveMetrics(address, {
    contentType: registry.contentType,
    read: async () => {
      await refreshQueue?.();
      return registry.metrics();
    },
    isReady,
  });
  return { observer, ...server };
}
