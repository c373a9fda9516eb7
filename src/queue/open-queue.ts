/** Connects with a queue. */
import { isIP } from 'node:net';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { DdpmError } from '../base/errors.ts';
import type { QueueAddress } from './queue-address.ts';
import { loadQueueLibrary, type QueueLibrary } from './queue-library.ts';

/** A queue with its connection. */
export interface OpenQueue extends AsyncDisposable {
  readonly address: QueueAddress;
  readonly library: QueueLibrary;
  readonly client: Redis;
  readonly queue: Queue;
}

/** How to connect. */
export interface ConnectOptions {
  /**
   * True: commands wait for as long as the server is away, as a worker does; false (default): they fail after about half a
   * minute.
   */
  readonly patient?: boolean;
  /** Is told when an open connection is lost (why, in one line), and when it is there again (undefined). */
  readonly onConnection?: (lost: string | undefined) => void;
}

const CONNECT_MS = 10_000;
const LONGEST_PAUSE_MS = 2000;
/** With pauses of up to 2 s, about half a minute. */
const IMPATIENT_RETRIES = 20;
/** Events are for listeners, of which there are none; BullMQ keeps the last 10 000 otherwise. */
const KEPT_EVENTS = 1000;

/**
 * Connects with a queue, which need not exist.
 *
 * @throws DdpmError `ERR_DDPM_QUEUE` if the server cannot be reached or refuses; `ERR_DDPM_DEPENDENCY` without the
 *   packages
 */
export async function openQueue(address: QueueAddress, options: ConnectOptions = {}): Promise<OpenQueue> {
  const library = await loadQueueLibrary();
  const client = await connect(address, options, library);
  const { db: _, prefix, name } = address;
  const streams = { events: { maxLen: KEPT_EVENTS } };
  const queue = new library.Queue(name, { connection: client, prefix, streams });
  queue.on('error', () => {}); // errors of the connection; commands report theirs
  return {
    address,
    library,
    client,
    queue,
    [Symbol.asyncDispose]: async () => {
      client.removeAllListeners('close'); // it is not lost
      await queue.close();
      client.disconnect();
    },
  };
}

/** Opens the connection: the first attempt must succeed, later ones are repeated. */
async function connect(
  address: QueueAddress,
  { patient = false, onConnection }: ConnectOptions,
  { Redis: Client }: QueueLibrary,
): Promise<Redis> {
  const { host, port, username, password, db } = address;
  let open = false;
  let lastError: Error | undefined;
  const client = new Client({
    host,
    port,
    db,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(address.tls && { tls: isIP(host) ? {} : { servername: host } }),
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    maxRetriesPerRequest: patient ? null : IMPATIENT_RETRIES,
    retryStrategy: (times) => (open ? Math.min(50 * 2 ** times, LONGEST_PAUSE_MS) : null),
  });
  client.on('error', (error) => {
    lastError = error;
  });
  try {
    await client.connect();
    await client.ping();
    if (lastError !== undefined) throw lastError; // a database that is not there
  } catch (error) {
    client.disconnect();
    throw queueError(address, lastError ?? error);
  }
  open = true;
  client.on('close', () => onConnection?.(lastError?.message ?? 'it was closed'));
  client.on('ready', () => {
    lastError = undefined;
    onConnection?.(undefined);
  });
  return client;
}

/** What to do about an answer of the server or the system, by its first word or its code. */
const REMEDIES: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'Check that Redis or Valkey runs there'],
  ['ENOTFOUND', 'Check the name of the host'],
  ['EAI_AGAIN', 'Check the name of the host'],
  ['ETIMEDOUT', 'Check host, port and firewalls'],
  ['WRONGPASS', 'Check user and password in the URL; special characters in them are written as %XX'],
  ['NOAUTH', 'Give a password: redis://:PASSWORD@HOST/NAME'],
  ['NOPERM', 'Give a user who may use these keys and commands'],
  ['OOM', 'Give the server more memory'],
]);

/** The error of a queue that cannot be used: without the command that failed, which may hold a password. */
export function queueError({ display }: QueueAddress, error: unknown): DdpmError {
  if (error instanceof DdpmError) return error;
  const { message, code } = error as NodeJS.ErrnoException;
  const word = code ?? /^[A-Z]+/.exec(message)?.[0] ?? '';
  const remedy = REMEDIES.get(word) ?? 'Check the address and the server';
  const why = (message || word).replace(/\s+/g, ' ').replace(/\.$/, '');
  return new DdpmError('ERR_DDPM_QUEUE', `cannot use the queue ${display}: ${why}. ${remedy}`);
}
