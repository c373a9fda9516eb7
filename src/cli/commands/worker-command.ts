import { type Command, Option } from 'commander';
import { checkNumber } from '../../base/check-options.ts';
import { defined } from '../../base/defined.ts';
import { withoutSecrets } from '../../base/without-secrets.ts';
import type { MetricsAddress } from '../../metrics/metrics-server.ts';
import { MemoryBudget } from '../../queue/memory-budget.ts';
import { queueGauges } from '../../queue/queue-status.ts';
import { runWorker, type WorkerCounts } from '../../queue/run-worker.ts';
import { threadCount } from '../command-codec.ts';
import { checkLibraryOptions, limitPixelsOption, numberOption } from '../command-options.ts';
import type { Library } from '../library.ts';
import { observeOptions, withObservers } from '../observe-jobs.ts';
import { parseByteCount, parseThreads } from '../parse-arguments.ts';
import { classifyFailure } from '../queue/classify-failure.ts';
import { CodecPool } from '../queue/codec-pool.ts';
import { type QueueOption, queueAddress, queueOption, withQueue } from '../queue/queue-option.ts';
import { workOnJob } from '../queue/work-on-job.ts';
import { workerView } from '../queue/worker-view.ts';
import type { CliIo } from '../terminal/cli-io.ts';

/** Options of the `worker` command as commander gives them. */
export interface WorkerCommandOptions extends QueueOption {
  /** Number of threads; default 1. */
  readonly threads?: number | 'all';
  /** Jobs a second. */
  readonly rate?: number;
  /** In bytes. */
  readonly limitMemory?: number;
  readonly limitPixels?: number;
  readonly untilEmpty?: true;
  readonly allow?: readonly string[];
  /** In seconds. */
  readonly grace?: number;
  readonly metrics?: MetricsAddress;
  readonly json?: true;
  readonly quiet?: true;
}

/** Kubernetes kills a pod 30 s after it was told to end. */
const GRACE_S = 25;

/** Adds the `worker` command. */
export function addWorker(program: Command, library: Library, io: CliIo): void {
  const command = program
    .command('worker')
    .description(
      'Do the jobs of a queue, until a signal ends it: SIGTERM or SIGINT once to finish, twice to stop at once.',
    )
    .addOption(queueOption());
  for (const option of workerOptions()) command.addOption(option);
  command.action((options: WorkerCommandOptions) => workerCommand(options, library, io));
}

function workerOptions(): Option[] {
  const threads = 'worker threads, or all: as many as there are cores (default: 1)';
  return [
    new Option('-j, --threads <n>', threads).argParser(parseThreads),
    numberOption('--rate <n>', 'most jobs to begin in a second (default: no limit)', 'a number 0.001..100000'),
    new Option(
      '--limit-memory <n>',
      'largest memory in bytes of the pictures at work, by estimate; suffixes k, M (default: none)',
    ).argParser(parseByteCount),
    limitPixelsOption(),
    new Option('--until-empty', 'end when no job waits or is at work, here or elsewhere'),
    new Option(
      '--allow <place>',
      'folder or URL that inputs and outputs must be in; may be repeated (default: anywhere)',
    ).argParser((place: string, before: readonly string[] = []) => [...before, place]),
    numberOption('--grace <s>', `time to finish jobs after a signal (default: ${GRACE_S})`, 'a number 0..86400'),
    ...observeOptions(),
    new Option('--json', 'print one JSON object a job on standard output'),
    new Option('--quiet', 'print errors only'),
  ];
}

/** `ddpm-codec worker`: takes jobs from a queue and does them. */
export async function workerCommand(options: WorkerCommandOptions, library: Library, io: CliIo): Promise<void> {
  const { rate, limitMemory, limitPixels, untilEmpty, allow = [], grace = GRACE_S } = options;
  checkLibraryOptions(() => {
    checkNumber('rate', rate, { min: 0.001, max: 100_000 });
    checkNumber('grace', grace, { min: 0, max: 86_400 });
    checkNumber('limitInputPixels', limitPixels, { min: 1, max: Number.MAX_SAFE_INTEGER, integer: true });
  });
  const address = queueAddress(options, io);
  const threads = threadCount(options);
  const defaultModel = await library.idOfModel();
  const say = (text: string): void => {
    io.stderr.write(`${text}\n`);
  };
  const warn = (text: string): void => {
    if (!options.quiet) say(`ddpm-codec: warning: ${text}`);
  };
  const codecs = new CodecPool(threads, library);
  const budget = new MemoryBudget(limitMemory);
  const tools = { library, io, codecs, budget, allow, defaultModel, warn, ...defined({ limitPixels }) };
  const stop = stopOnSignals(io, () => {
    if (!options.quiet)
      say(`worker ends when its jobs are done, in ${grace} s at most; a second signal stops it at once`);
  });
  try {
    const connection = watchConnection(address.display, say);
    const counts = await withQueue(address, { patient: true, onConnection: connection.onChange }, (open) => {
      const about = {
        version: library.version,
        commands: ['encode', 'decode'] as const,
        readQueue: () => queueGauges(open),
        isReady: () => !connection.isLost && !stop.signal.aborted,
      };
      return withObservers(options, about, io, (observers) => {
        if (!options.quiet) say(`worker of ${address.display}: ${threads} ${threads === 1 ? 'thread' : 'threads'}`);
        return runWorker(open, {
          process: (job, context) => workOnJob(job, context, tools),
          classify: classifyFailure,
          threads,
          isFull: () => budget.hasLine,
          graceMs: grace * 1000,
          stop: stop.signal,
          observers: [workerView(options, io), ...observers],
          onProblem: (message) => say(`ddpm-codec: ${withoutSecrets(message)}`),
          ...defined({ rate, untilEmpty }),
        });
      });
    });
    if (!options.quiet) say(describeCounts(counts));
  } finally {
    stop.release();
    await codecs.close();
  }
}

/** A signal that aborts with the first SIGINT or SIGTERM; the second ends the process. */
function stopOnSignals(io: CliIo, onStop: () => void): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const release = (): void => {
    for (const remove of releases) remove?.();
  };
  const handler = (): void => {
    release();
    controller.abort();
    onStop();
  };
  const releases = [io.onInterrupt?.(handler), io.onTerminate?.(handler)];
  return { signal: controller.signal, release };
}

/** Keeps whether the connection is lost, and says so once, and once that it is there again. */
function watchConnection(
  queue: string,
  say: (text: string) => void,
): { readonly isLost: boolean; onChange(lost: string | undefined): void } {
  let isLost = false;
  return {
    get isLost() {
      return isLost;
    },
    onChange: (lost) => {
      if (lost !== undefined && !isLost)
        say(`ddpm-codec: lost the queue ${queue}: ${lost}; waits until it is there again`);
      if (lost === undefined && isLost) say(`the queue ${queue} is there again`);
      isLost = lost !== undefined;
    },
  };
}

function describeCounts({ done, failed, retried, returned }: WorkerCounts): string {
  return `worker ended: ${done} done  ${failed} failed  ${retried} to be tried again  ${returned} given back`;
}
