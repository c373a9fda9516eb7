import { defined } from '../../base/defined.ts';
import type { CodecOptions } from '../../node/threads/pooled-codec.ts';
import type { Codec } from '../../node/threads/threaded-codec.ts';
import type { Library } from '../library.ts';

/** What a codec is opened for. */
export type CodecChoice = Pick<CodecOptions, 'model' | 'backend'>;

/** Codecs that are open at a time: each has its own threads and models. */
const MOST_CODECS = 2;

interface OpenCodec {
  readonly codec: Promise<Codec>;
  users: number;
  lastUse: number;
}

/** Codecs of a process whose jobs have different models and backends; those used last stay open. */
export class CodecPool {
  readonly #threads: number;
  readonly #library: Pick<Library, 'createCodec'>;
  readonly #codecs = new Map<string, OpenCodec>();
  #uses = 0;
  #onIdle: (() => void)[] = [];

  /** @param threads - of each codec */
  constructor(threads: number, library: Pick<Library, 'createCodec'>) {
    this.#threads = threads;
    this.#library = library;
  }

  /** Runs a task with a codec; waits if too many others are in use. */
  async use<T>({ model, backend }: CodecChoice, task: (codec: Codec) => Promise<T>): Promise<T> {
    const key = JSON.stringify([model, backend]);
    while (!this.#codecs.has(key) && this.#codecs.size >= MOST_CODECS) await this.#makeRoom();
    let open = this.#codecs.get(key);
    if (open === undefined) {
      const codec = this.#library.createCodec({ ...defined({ model, backend }), threads: this.#threads });
      open = { codec, users: 0, lastUse: 0 };
      this.#codecs.set(key, open);
    }
    open.users++;
    open.lastUse = this.#uses++;
    try {
      return await task(await open.codec);
    } finally {
      open.users--;
      if (open.users === 0) for (const wake of this.#onIdle.splice(0)) wake();
    }
  }

  async close(): Promise<void> {
    const open = [...this.#codecs.values()];
    this.#codecs.clear();
    await Promise.all(open.map(async ({ codec }) => (await codec).close()));
  }

  /** Closes the codec that has been idle longest, or waits until one is idle. */
  async #makeRoom(): Promise<void> {
    const idle = [...this.#codecs].filter(([, { users }]) => users === 0).sort(([, a], [, b]) => a.lastUse - b.lastUse);
    const [oldest] = idle;
    if (oldest === undefined) return new Promise((resolve) => this.#onIdle.push(resolve));
    this.#codecs.delete(oldest[0]);
    await (await oldest[1].codec).close();
  }
}
