/**
 * Entry of the worker processes, which process-pool.ts starts. Does the tasks that it receives, one after the other.
 */
import { DdpmError } from '../../base/errors.ts';
import { useOneThread } from '../codecs/rivals.ts';
import { type Task, work } from './bench-task.ts';
import { scoreElsewhere } from './network-scores.ts';
import type { Reply } from './process-pool.ts';

function reply(message: Reply): void {
  process.send?.(message);
}

await useOneThread();
process.on('message', async (task: Task) => {
  try {
    for await (const result of work(task, scoreElsewhere)) reply({ result });
    reply({ end: true });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    reply({ error: { message, ...(error instanceof DdpmError && { code: error.code }) } });
  }
});
// The process that sent the tasks has ended.
process.on('disconnect', () => process.exit(0));
