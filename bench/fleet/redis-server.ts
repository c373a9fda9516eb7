/** A server of Redis that a program starts for itself, on a free port, with a folder of its own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { Redis } from 'ioredis';

/** Programs that can be the server. */
const PROGRAMS = ['redis-server', 'valkey-server'];
const START_MS = 20_000;

/** The program on PATH that can be the server; undefined if there is none. */
export function serverProgram(): string | undefined {
  return PROGRAMS.find((program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0);
}

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** A running server. Everything is written to its log of commands before it is answered for, so that it can be killed. */
export class RedisServer {
  readonly port: number;
  readonly password: string;
  readonly #folder: string;
  readonly #more: readonly string[];
  #child: ChildProcess | undefined;

  private constructor(port: number, folder: string, password: string, more: readonly string[]) {
    this.port = port;
    this.password = password;
    this.#folder = folder;
    this.#more = more;
  }

  /**
   * Starts a server.
   *
   * @param folder - where it keeps its data
   * @param more - further arguments
   */
  static async start(folder: string, password: string, more: readonly string[] = []): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), folder, password, more);
    await server.start();
    return server;
  }

  /** Address of a queue on it. */
  queue(name: string): string {
    return `redis://:${this.password}@127.0.0.1:${this.port}/${name}`;
  }

  /** A connection with it. */
  connect(): Redis {
    const client = new Redis({
      host: '127.0.0.1',
      port: this.port,
      password: this.password,
      maxRetriesPerRequest: null,
    });
    client.on('error', () => {}); // while it is restarted
    return client;
  }

  /** Starts it again, with its data. */
  async start(): Promise<void> {
    const program = serverProgram();
    if (program === undefined) throw new Error(`none of ${PROGRAMS.join(', ')} is on PATH`);
    const args = ['--port', this.port, '--bind', '127.0.0.1', '--requirepass', this.password, '--dir', this.#folder];
    const keep = ['--appendonly', 'yes', '--save', '', '--loglevel', 'warning'];
    this.#child = spawn(program, [...args.map(String), ...keep, ...this.#more], { stdio: 'ignore' });
    const client = this.connect();
    try {
      await Promise.race([client.ping(), wait(START_MS, undefined, { ref: false }).then(() => fail(program))]);
    } finally {
      client.disconnect();
    }
  }

  /** Ends it at once, as a crash would. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

function fail(program: string): never {
  throw new Error(`${program} did not answer within ${START_MS / 1000} s`);
}
