/** A server of Redis for tests: that of REDIS_URL, or one that is started. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { RedisServer, serverProgram } from '../../../bench/fleet/redis-server.ts';

/** Why tests with a server cannot run here; undefined if they can. */
export const NO_SERVER: string | undefined =
  process.env.REDIS_URL || serverProgram() ? undefined : 'needs redis-server or valkey-server on PATH, or REDIS_URL';

/** Why tests that kill the server cannot run here; undefined if they can. */
export const NO_OWN_SERVER: string | undefined = serverProgram()
  ? undefined
  : 'needs redis-server or valkey-server on PATH';

/** A server with queues for tests. */
export interface TestServer {
  /** Address of a new queue. */
  queue(): string;
  /** A connection. */
  readonly client: Redis;
  close(): Promise<void>;
}

/** Connects with the server of REDIS_URL, or starts one. */
export async function openTestServer(): Promise<TestServer> {
  const url = process.env.REDIS_URL;
  if (url) {
    const client = new Redis(url);
    const name = `ddpm-test-${randomBytes(6).toString('hex')}`;
    const names: string[] = [];
    const queue = (): string => {
      names.push(`${name}-${names.length}`);
      const address = new URL(url);
      address.pathname = `/${names.at(-1)}`;
      return address.href;
    };
    const close = async (): Promise<void> => {
      for (const each of names) {
        const keys = await client.keys(`bull:${each}:*`);
        if (keys.length > 0) await client.del(keys);
      }
      client.disconnect();
    };
    return { queue, client, close };
  }
  const folder = mkdtempSync(join(tmpdir(), 'ddpm-redis-'));
  const server = await RedisServer.start(folder, PASSWORD);
  const client = server.connect();
  let queues = 0;
  return {
    queue: () => server.queue(`test-${queues++}`),
    client,
    close: async () => {
      client.disconnect();
      await server.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Of servers that tests start. */
export const PASSWORD = 'hunter2-hunter2';
