import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { checkNumber } from '../../base/check-options.ts';
import { deadLetters } from '../../queue/dead-letters.ts';
import type { OpenQueue } from '../../queue/open-queue.ts';
import { type QueueStatus, readStatus } from '../../queue/queue-status.ts';
import { shownLocation } from '../../storage/location.ts';
import { checkLibraryOptions, numberOption, printJson } from '../command-options.ts';
import { type QueueOption, queueAddress, queueOption, withQueue } from '../queue/queue-option.ts';
import { type CliIo, writeStandardOutput } from '../terminal/cli-io.ts';
import { seconds } from '../terminal/text-format.ts';

/** Options of the `status` command as commander gives them. */
interface StatusCommandOptions extends QueueOption {
  /** Seconds. */
  readonly watch?: number | true;
  readonly failed?: true;
  readonly json?: true;
}

const WATCH_S = 2;
const SHOWN_JOBS = 20;

/** Adds the `status` command. */
export function addStatus(program: Command, io: CliIo): void {
  program
    .command('status')
    .description('Print what is in a queue: jobs by state, their rate, workers, and how far the jobs at work are.')
    .addOption(queueOption())
    .addOption(
      numberOption('--watch [s]', `print it again every s seconds (default: ${WATCH_S})`, 'a number 0.1..3600'),
    )
    .addOption(new Option('--failed', 'list the jobs that failed for good, with exit codes').conflicts('watch'))
    .option('--json', 'print JSON objects on standard output, one a line')
    .action((options: StatusCommandOptions) => statusCommand(options, io));
}

/** `ddpm-codec status`: prints what is in a queue. */
async function statusCommand(options: StatusCommandOptions, io: CliIo): Promise<void> {
  const { watch, failed } = options;
  const pauseS = watch === true ? WATCH_S : watch;
  checkLibraryOptions(() => checkNumber('watch', pauseS, { min: 0.1, max: 3600 }));
  const address = queueAddress(options, io);
  await withQueue(address, {}, async (open) => {
    if (failed) return printFailed(open, options, io);
    await printStatus(open, options, io);
    while (pauseS !== undefined) {
      await sleep(pauseS * 1000);
      await printStatus(open, options, io);
    }
  });
}

async function printFailed(open: OpenQueue, { json }: StatusCommandOptions, io: CliIo): Promise<void> {
  for await (const letter of deadLetters(open)) {
    const { id, command, exitCode, message, attempts, time } = letter;
    const input = shownLocation(letter.input);
    const output = shownLocation(letter.output);
    if (json) await printJson(command, { id, input, output, attempts, time, error: { exitCode, message } }, io);
    else await writeStandardOutput(`${id.slice(0, 12)}  ${exitCode}  ${message}\n`, io);
  }
}

async function printStatus(open: OpenQueue, { json, watch }: StatusCommandOptions, io: CliIo): Promise<void> {
  const status = await readStatus(open);
  const { display } = open.address;
  const jobs = status.jobs.map((job) => ({ ...job, input: shownLocation(job.input) }));
  if (json) return printJson('status', { queue: display, ...status, jobs }, io);
  const isScreen = watch !== undefined && (io.stdout as { readonly isTTY?: boolean }).isTTY === true;
  const clear = isScreen ? '\x1b[H\x1b[2J' : '';
  await writeStandardOutput(`${clear}${describe(display, { ...status, jobs }).join('\n')}\n`, io);
}

function describe(queue: string, status: QueueStatus): string[] {
  const { waiting, prioritized, delayed, active, completed, failed, workers, jobs } = status;
  const waits = waiting + prioritized;
  const left = status.secondsLeft === null ? 'unknown' : seconds(status.secondsLeft * 1000);
  return [
    queue,
    `waiting    ${waits}${waits > 0 ? `, the oldest for ${seconds(status.oldestWaitingSeconds * 1000)}` : ''}`,
    `retrying   ${delayed}`,
    `at work    ${active}`,
    `done       ${completed}, in the last minute ${status.doneLastMinute}`,
    `failed     ${failed}${failed > 0 ? '; list them with --failed' : ''}`,
    `time left  ${left}`,
    `workers    ${workers.length}`,
    ...workers.map(({ name, seconds: age }) => `  ${name}  for ${seconds(age * 1000)}`),
    ...jobs.slice(0, SHOWN_JOBS).map(({ command, input, fraction, step, steps, seconds: age }) => {
      const layers = step === undefined ? '' : `  ${Math.floor((fraction ?? 0) * 100)} %, layer ${step}/${steps}`;
      return `  ${command} ${input}  ${seconds(age * 1000)}${layers}`;
    }),
    ...(active > SHOWN_JOBS ? [`  and ${active - SHOWN_JOBS} more`] : []),
  ];
}
