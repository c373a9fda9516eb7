/** A process that answers one order at a time. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A process of the bench; its orders and answers are JSON. */
export class BenchProcess<Order, Answer> {
  readonly #child: ChildProcess;

  /**
   * @param file - program in this folder, without its ending: `worker`
   * @param role - its first argument, as JSON
   * @param program - Node's executable
   * @param flags - of Node
   */
  constructor(file: string, role: object, program: string, flags: readonly string[] = []) {
    const path = fileURLToPath(new URL(`./${file}.js`, import.meta.url));
    this.#child = fork(path, [JSON.stringify(role)], { execPath: program, execArgv: [...flags] });
  }

  /** Sends an order and waits for the answer. Rejects if the process ends instead. */
  async ask(order: Order & object): Promise<Answer> {
    const ended = new AbortController();
    const died = once(this.#child, 'exit', { signal: ended.signal }).then(() => {
      throw new Error('a process of the bench ended early');
    });
    this.#child.send(order);
    try {
      const [answer] = await Promise.race([once(this.#child, 'message', { signal: ended.signal }), died]);
      return answer as Answer;
    } finally {
      died.catch(() => {});
      ended.abort();
    }
  }

  end(): void {
    this.#child.kill();
  }
}
