import { library } from './library.ts';
import { runCli } from './run-cli.ts';

// Signals end the process at once: nothing has to be cleaned up, because atomic-write.ts never leaves a temporary file
// between turns of the event loop. Only a training, which could lose hours of work, and the worker of a queue get the chance
// to end by themselves first (onInterrupt, onTerminate), and batches say which files are not done (onSignal).

/** A handler that a command may set for as long as it runs. */
class Slot<T> {
  #handler: T | undefined;

  /** Sets the handler; returns a function that removes it. */
  readonly set = (handler: T): (() => void) => {
    this.#handler = handler;
    return () => {
      this.#handler = undefined;
    };
  };

  /** Takes the handler out. */
  take(): T | undefined {
    const handler = this.#handler;
    this.#handler = undefined;
    return handler;
  }
}

const onInterrupt = new Slot<() => void>();
const onTerminate = new Slot<() => void>();
const onSignal = new Slot<(exitCode: number) => void>();

function exit(exitCode: number): void {
  onSignal.take()?.(exitCode);
  process.exit(exitCode);
}

function listen(signal: 'SIGINT' | 'SIGTERM', slot: Slot<() => void>, exitCode: number): void {
  process.on(signal, () => {
    const handler = slot.take();
    if (handler === undefined) exit(exitCode);
    else handler();
  });
}

listen('SIGINT', onInterrupt, 130);
listen('SIGTERM', onTerminate, 143);

// Where the address of a queue holds a password, other users of the machine must not see it in the list of processes.
if (process.argv.some((word) => /^(--queue=)?rediss?:\/\/[^/]*@/i.test(word))) process.title = 'ddpm-codec';

// Without a listener, the process would end with a stack trace if the reader of its output ends first (`| head`).
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

const { stdin, stdout, stderr, env } = process;
process.exitCode = await runCli(process.argv.slice(2), library, {
  stdin,
  stdout,
  stderr,
  env,
  onInterrupt: onInterrupt.set,
  onTerminate: onTerminate.set,
  onSignal: onSignal.set,
  now: () => performance.now(),
});
