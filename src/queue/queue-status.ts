/** What is in a queue. */
import type { OpenQueue } from './open-queue.ts';

/** Numbers of jobs by state, for gauges. */
export interface QueueGauges {
  /** Those of no priority that wait. */
  readonly waiting: number;
  /** Those of a priority that wait. */
  readonly prioritized: number;
  /** Those that wait for their next attempt. */
  readonly delayed: number;
  readonly active: number;
  /** As far as they are remembered. */
  readonly completed: number;
  readonly failed: number;
  /** Seconds since the oldest waiting job was submitted; 0 if none waits. */
  readonly oldestWaitingSeconds: number;
}

/** A job at work. */
export interface ActiveJob {
  readonly id: string;
  readonly command: string;
  readonly input: string;
  /** Seconds since a worker took it. */
  readonly seconds: number;
  /** Number of layers done, and in all; undefined for the first seconds. */
  readonly step?: number;
  readonly steps?: number;
  /** 0..1 */
  readonly fraction?: number;
}

/** A worker that is connected. */
export interface ConnectedWorker {
  /** `HOST:PID` */
  readonly name: string;
  /** Seconds since it connected. */
  readonly seconds: number;
}

/** What `status` shows. */
export interface QueueStatus extends QueueGauges {
  /** Jobs that ended well in the last minute. */
  readonly doneLastMinute: number;
  readonly failedLastMinute: number;
  /** Seconds until all is done, if it goes on as in the last minute; null if nothing was done. */
  readonly secondsLeft: number | null;
  readonly workers: readonly ConnectedWorker[];
  /** At most 100 of them. */
  readonly jobs: readonly ActiveJob[];
}

const MINUTE_MS = 60_000;
const SHOWN_JOBS = 100;
/** Factor of the priority in the score of a prioritized job (BullMQ). */
const PRIORITY_STEP = 2 ** 32;
/** Most priorities that are looked at for the oldest job. */
const MAX_PRIORITIES = 50;

/** Counts the jobs of a queue by state. */
export async function queueGauges(open: OpenQueue): Promise<QueueGauges> {
  const [counts, oldest] = await Promise.all([
    open.queue.getJobCounts('wait', 'prioritized', 'delayed', 'active', 'completed', 'failed'),
    oldestWaiting(open),
  ]);
  const { wait = 0, prioritized = 0, delayed = 0, active = 0, completed = 0, failed = 0 } = counts;
  return {
    waiting: wait,
    prioritized,
    delayed,
    active,
    completed,
    failed,
    oldestWaitingSeconds: oldest === undefined ? 0 : Math.max(0, Date.now() - oldest) / 1000,
  };
}

/** Reads all that `status` shows. */
export async function readStatus(open: OpenQueue): Promise<QueueStatus> {
  const { client, queue } = open;
  const since = Date.now() - MINUTE_MS;
  const [gauges, doneLastMinute, failedLastMinute, clients, jobs] = await Promise.all([
    queueGauges(open),
    client.zcount(queue.toKey('completed'), since, '+inf'),
    client.zcount(queue.toKey('failed'), since, '+inf'),
    queue.getWorkers(),
    queue.getActive(0, SHOWN_JOBS - 1),
  ]);
  const { waiting, prioritized, delayed, active } = gauges;
  const left = waiting + prioritized + delayed + active;
  const ended = doneLastMinute + failedLastMinute;
  return {
    ...gauges,
    doneLastMinute,
    failedLastMinute,
    secondsLeft: left === 0 ? 0 : ended === 0 ? null : (left / ended) * (MINUTE_MS / 1000),
    workers: clients.map(({ rawname = '', age }) => ({
      name: String(rawname).split(':w:')[1] ?? 'unnamed',
      seconds: Number(age),
    })),
    jobs: jobs.map(({ id = '', name, data, processedOn = Date.now(), progress }) => ({
      id,
      command: name,
      input: typeof data?.input === 'string' ? data.input : '?',
      seconds: Math.max(0, Date.now() - processedOn) / 1000,
      ...(typeof progress === 'object' && pickProgress(progress)),
    })),
  };
}

function pickProgress(progress: object): Pick<ActiveJob, 'step' | 'steps' | 'fraction'> {
  const entries = Object.entries(progress).filter(([key]) => ['step', 'steps', 'fraction'].includes(key));
  return Object.fromEntries(entries.map(([key, value]) => [key, Number(value)]));
}

/** When the oldest waiting job was submitted, in milliseconds since 1970. */
async function oldestWaiting({ client, queue }: OpenQueue): Promise<number | undefined> {
  const heads = await Promise.all([client.lindex(queue.toKey('wait'), -1), firstOfPriorities({ client, queue })]);
  const times = await Promise.all(
    heads
      .flat()
      .filter((id) => id !== null)
      .map((id) => client.hget(queue.toKey(id), 'timestamp')),
  );
  const known = times.flatMap((time) => (time === null ? [] : [Number(time)]));
  return known.length === 0 ? undefined : Math.min(...known);
}

/** The first job of each priority: within one, jobs are in the order of their arrival. */
async function firstOfPriorities({ client, queue }: Pick<OpenQueue, 'client' | 'queue'>): Promise<string[]> {
  const ids: string[] = [];
  let from = 0;
  while (ids.length < MAX_PRIORITIES) {
    const found = await client.zrange(queue.toKey('prioritized'), from, '+inf', 'BYSCORE', 'LIMIT', 0, 1, 'WITHSCORES');
    const [id, score] = found;
    if (id === undefined) break;
    ids.push(id);
    from = (Math.floor(Number(score) / PRIORITY_STEP) + 1) * PRIORITY_STEP;
  }
  return ids;
}
