import { type Batch, BatchRun } from './batch-run.ts';
import type { Work } from './job-work.ts';

/**
 * Runs a command on each of its files and prints a line for each: a summary, or exactly one JSON object with `--json`, which
 * has the field `error` if the file failed. What may pass is tried again. If there are several files, failures are printed and counted, and the
 * other files are processed; the failure of a single file is thrown. A signal that ends the process gives all files at work an
 * object with an error.
 *
 * @throws CliError with exit code 1 if any of several files failed; DdpmError `ERR_DDPM_OUTPUT` if the journal cannot be written
 */
export async function runBatch(batch: Batch, work: Work): Promise<void> {
  const run = new BatchRun(batch);
  const jobs = batch.plan.jobs();
  let isStopped = false;
  const lane = async (): Promise<void> => {
    try {
      while (!isStopped) {
        const { value: job } = await jobs.next();
        if (!job) return;
        await run.runJob(job, work);
      }
    } finally {
      isStopped = true; // after an error, the other lanes end after their current file
    }
  };
  const release = batch.io.onSignal?.((exitCode) => run.interrupt(exitCode));
  try {
    const ends = await Promise.allSettled(Array.from({ length: Math.min(batch.files ?? 1, batch.plan.count) }, lane));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  } finally {
    release?.();
    run.stop();
    await batch.journal?.close();
  }
  await run.finish();
}
