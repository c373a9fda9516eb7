/**
 * Reads and writes named pipes. They are opened without waiting for the other side: a thread that waits in the system call
 * would keep the process from ending, even after SIGINT.
 */
import { constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';

/** Time between two attempts to find a reader. */
const RETRY_MS = 50;

/** Opens a named pipe, which ends when its writers have closed it. */
export function openNamedPipe(path: string): Readable {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return new Socket({ fd, readable: true, writable: false });
}

/** Writes a named pipe once it has a reader. */
export async function writeNamedPipe(path: string, data: Uint8Array): Promise<void> {
  const socket = new Socket({ fd: await openForReader(path), readable: false, writable: true });
  socket.end(data);
  await finished(socket);
}

async function openForReader(path: string): Promise<number> {
  for (;;) {
    try {
      return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error; // ENXIO: there is no reader yet
      await wait(RETRY_MS);
    }
  }
}
