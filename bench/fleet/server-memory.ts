/** How much memory a server needs for jobs. */

import { addJobs } from '#dist/queue/add-jobs.js';
import { openQueue } from '#dist/queue/open-queue.js';
import { parseQueueAddress } from '#dist/queue/queue-address.js';
import type { QueueJob } from '#dist/queue/queue-job.js';
import { runWorker } from '#dist/queue/run-worker.js';
import type { RedisServer } from './redis-server.ts';

/** Bytes of the server's memory for each job. */
export interface ServerMemory {
  readonly jobs: number;
  readonly waiting: number;
  readonly done: number;
}

/** Jobs as those of photographs in some folders. */
async function* jobs(count: number): AsyncGenerator<QueueJob, void, void> {
  for (let i = 0; i < count; i++) {
    yield {
      version: 1,
      command: 'encode',
      input: `/srv/photos/2024/summer/holiday/IMG_${i}.jpg`,
      output: `/srv/compressed/2024/summer/holiday/IMG_${i}.ddpm`,
      size: 4_000_000 + i,
      identity: `${1_700_000_000_000 + i}.123`,
      options: { psnr: 32, effort: 5 },
      optionsKey: 'a'.repeat(64),
      model: '0123456789abcdef',
    };
  }
}

/** Puts jobs into a queue, and takes them out with a worker that does nothing. */
export async function measureServerMemory(server: RedisServer, count: number): Promise<ServerMemory> {
  await using open = await openQueue(parseQueueAddress(server.queue('memory')), { patient: true });
  const used = async (): Promise<number> => Number(/used_memory:(\d+)/.exec(await open.client.info('memory'))?.[1]);
  const before = await used();
  let added = 0;
  for await (const counts of addJobs(open, jobs(count))) added = counts.added;
  const waiting = (await used()) - before;
  const seconds = { read: 0.01, network: 1, transport: 1, write: 0.01, total: 2.345 };
  const { done } = await runWorker(open, {
    process: async () => ({ inputBytes: 4_000_000, outputBytes: 123_456, pixels: 1, seconds }),
    classify: (error) => ({ exitCode: 1, message: String(error), transient: false }),
    threads: 4,
    untilEmpty: true,
    graceMs: 0,
    stop: new AbortController().signal,
  });
  if (added !== count || done !== count) throw new Error(`${added} jobs were added and ${done} done, not ${count}`);
  return { jobs: count, waiting: waiting / count, done: ((await used()) - before) / count };
}
