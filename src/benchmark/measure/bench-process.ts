/** Entry of the worker processes: does the tasks that it is sent, one after the other. */
import { DdpmError } from '../../base/errors.ts';
import { useOneThread } from '../codecs/rivals.ts';
import { type Task, work } from './bench-task.ts';
import type { Reply } from './process-pool.ts';

function reply(message: Reply): void {
  process.send?.(message);
}

await useOneThread();
process.on('message', async (task: Task) => {
  try {
    for await (const result of work(task)) reply({ result });
    reply({ end: true });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    reply({ error: { message, ...(error instanceof DdpmError && { code: error.code }) } });
  }
});
// Whoever sent the tasks is gone.
process.on('disconnect', () => process.exit(0));
