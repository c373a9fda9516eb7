/** Gauges of a queue that is elsewhere and may be slow or gone. */
import type { Registry } from 'prom-client';
import type { Prometheus } from './prometheus-library.ts';

const STATES = ['waiting', 'prioritized', 'active', 'delayed', 'failed', 'completed'] as const;

/** Jobs of a queue by state. */
export interface QueueGauges extends Readonly<Record<(typeof STATES)[number], number>> {
  /** Age of the job that has waited longest; 0 if none waits. */
  readonly oldestWaitingSeconds: number;
}

/** Milliseconds that a queue has to answer: well below the 10 s after which Prometheus gives a scrape up. */
const ANSWER_MS = 2000;

/**
 * Registers the gauges of a queue.
 *
 * @param read - asks the queue; may fail, and may never answer: it is not called again before it has
 * @returns brings the gauges up to date, within two seconds; never throws. Without an answer only `ddpm_codec_queue_up` is left,
 *   which is 0 then: old numbers would look like present ones
 */
export function queueMetrics(
  { Gauge }: Prometheus,
  registry: Registry,
  read: () => Promise<QueueGauges>,
): () => Promise<void> {
  const registers = [registry];
  const up = new Gauge({
    name: 'ddpm_codec_queue_up',
    help: 'Whether the queue answered when the metrics were read: 1 or 0.',
    registers,
  });
  const jobs = new Gauge({
    name: 'ddpm_codec_queue_jobs',
    help: 'Jobs of the whole queue by state; every worker of a queue tells the same, so take the maximum and not the sum.',
    labelNames: ['state'],
    registers,
  });
  const oldest = new Gauge({
    name: 'ddpm_codec_queue_oldest_waiting_seconds',
    help: 'Age of the job that has waited longest in the queue.',
    registers,
  });
  let pending: Promise<QueueGauges | undefined> | undefined;
  const ask = (): Promise<QueueGauges | undefined> => {
    pending ??= Promise.resolve()
      .then(read)
      .catch(() => undefined)
      .finally(() => {
        pending = undefined;
      });
    return pending;
  };
  return async () => {
    const gauges = await within(ask(), ANSWER_MS);
    up.set(gauges ? 1 : 0);
    jobs.reset();
    oldest.remove();
    if (!gauges) return;
    for (const state of STATES) jobs.set({ state }, gauges[state]);
    oldest.set(gauges.oldestWaitingSeconds);
  };
}

/** The value of a promise that does not reject, or undefined if it takes longer. */
async function within<Value>(promise: Promise<Value>, timeMs: number): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, timeMs, undefined);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
