/** The option `--queue`, and queues that are opened for a command. */
import { Option } from 'commander';
import { type ConnectOptions, type OpenQueue, openQueue, queueError } from '../../queue/open-queue.ts';
import { parseQueueAddress, type QueueAddress } from '../../queue/queue-address.ts';
import { usageError } from '../command-options.ts';
import { withFlagNames } from '../exit-codes.ts';
import type { CliIo } from '../terminal/cli-io.ts';

/** Environment variable with the address: arguments of a process can be seen by all users of a machine. */
const VARIABLE = 'DDPM_CODEC_QUEUE';

/** The option, as commander gives it. */
export interface QueueOption {
  readonly queue?: string;
}

/** The option `--queue`. */
export function queueOption(): Option {
  const form = 'redis://USER:PASSWORD@HOST:PORT/NAME, rediss: for TLS';
  return new Option(
    '--queue <url>',
    `queue in Redis or Valkey: ${form} (default: ${VARIABLE}, better with a password)`,
  );
}

/**
 * The address of the queue, from the option or the environment.
 *
 * @throws CliError with exit code 2 if there is none, or it is not valid; the message never contains the password
 */
export function queueAddress({ queue }: QueueOption, io: Pick<CliIo, 'env'>): QueueAddress {
  const text = queue ?? io.env[VARIABLE];
  if (!text) throw usageError(`no queue; give --queue redis://HOST/NAME, or set ${VARIABLE}`);
  try {
    return parseQueueAddress(text);
  } catch (error) {
    throw usageError(withFlagNames((error as Error).message));
  }
}

/**
 * Runs a task with a queue.
 *
 * @throws DdpmError `ERR_DDPM_QUEUE` if its server cannot be reached, or refuses
 */
export async function withQueue<T>(
  address: QueueAddress,
  options: ConnectOptions,
  task: (open: OpenQueue) => Promise<T>,
): Promise<T> {
  const open = await openQueue(address, options);
  try {
    return await task(open);
  } catch (error) {
    throw isOfQueue(error) ? queueError(address, error) : error;
  } finally {
    await open[Symbol.asyncDispose]();
  }
}

/** Whether an error is the server's, or that of the connection with it. */
function isOfQueue(error: unknown): boolean {
  return error instanceof Error && ['ReplyError', 'MaxRetriesPerRequestError', 'AbortError'].includes(error.name);
}
