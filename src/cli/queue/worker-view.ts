import type { JobEnd, JobObserver } from '../../batch/job-observer.ts';
import { shownLocation } from '../../storage/location.ts';
import { printJson } from '../command-options.ts';
import type { CliIo } from '../terminal/cli-io.ts';
import { grouped, seconds } from '../terminal/text-format.ts';

/** What a worker prints. */
export interface WorkerViewOptions {
  readonly json?: true;
  readonly quiet?: true;
}

/** Prints a line for each job that ended, unless a log of events tells of it: failures always, others unless `quiet`; with `json` an object for each. */
export function workerView({ json, quiet }: WorkerViewOptions, io: CliIo): JobObserver {
  return {
    started: () => {},
    ended: (job, end) => {
      const input = shownLocation(job.input);
      const output = shownLocation(job.output);
      if (json) void printJson(job.command, { ...job, input, output, ...end }, io);
      if (io.log) return;
      if (end.outcome === 'failed' || end.outcome === 'retried') {
        const next = end.outcome === 'failed' ? '' : `; attempt ${end.attempts}, it will be tried again`;
        io.stderr.write(`ddpm-codec: ${end.message}${next}\n`);
      } else if (!json && !quiet) io.stderr.write(`${input} → ${output}  ${summaryOf(end)}\n`);
    },
  };
}

function summaryOf({ outcome, outputBytes = 0, seconds: times }: JobEnd): string {
  if (outcome !== 'done') return 'given back to the queue';
  return `${grouped(outputBytes)} B  ${seconds((times?.total ?? 0) * 1000)}`;
}
