import type { Command } from 'commander';
import { checkNumber } from '../../base/check-options.ts';
import { defined } from '../../base/defined.ts';
import { retryDeadLetters } from '../../queue/dead-letters.ts';
import { checkLibraryOptions, numberOption, printJson, usageError } from '../command-options.ts';
import { type QueueOption, queueAddress, queueOption, withQueue } from '../queue/queue-option.ts';
import type { CliIo } from '../terminal/cli-io.ts';

/** Options of the `retry` command as commander gives them. */
interface RetryCommandOptions extends QueueOption {
  readonly code?: number;
  readonly json?: true;
  readonly quiet?: true;
}

/** Adds the `retry` command. */
export function addRetry(program: Command, io: CliIo): void {
  program
    .command('retry')
    .description('Put jobs that failed for good back into their queue, with all their attempts.')
    .argument('[ids...]', 'ids that status --failed prints, or at least their first 6 digits (default: all)')
    .addOption(queueOption())
    .addOption(numberOption('--code <n>', 'only those with this exit code', 'an integer 1..255'))
    .option('--json', 'print one JSON object on standard output')
    .option('--quiet', 'print errors only')
    .action((ids: string[], options: RetryCommandOptions) => retryCommand(ids, options, io));
}

/** `ddpm-codec retry`: puts dead letters back into a queue. */
async function retryCommand(ids: readonly string[], options: RetryCommandOptions, io: CliIo): Promise<void> {
  const { code, json, quiet } = options;
  checkLibraryOptions(() => checkNumber('code', code, { min: 1, max: 255, integer: true }));
  const wrong = ids.find((id) => !/^[0-9a-f]{6,64}$/.test(id));
  if (wrong !== undefined) throw usageError(`an id expected 6 to 64 digits 0-9 and a-f, got ${wrong}`);
  const address = queueAddress(options, io);
  const retried = await withQueue(address, {}, (open) => retryDeadLetters(open, { ids, ...defined({ code }) }));
  if (json) await printJson('retry', { queue: address.display, retried }, io);
  else if (!quiet) io.stderr.write(`${address.display}: ${retried} to be tried again\n`);
}
