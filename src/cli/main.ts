import { library } from './library.ts';
import { runCli } from './run-cli.ts';

// Signals end the process at once: nothing has to be cleaned up, because atomic-write.ts never leaves a temporary file
// between turns of the event loop. Only a training, which could lose hours of work, gets the chance to end by itself
// first (onInterrupt).
let interruptHandler: (() => void) | undefined;
process.on('SIGINT', () => {
  const handler = interruptHandler;
  interruptHandler = undefined;
  if (handler === undefined) process.exit(130);
  handler();
});
process.on('SIGTERM', () => process.exit(143));

// Without a listener, the process would end with a stack trace if the reader of its output ends first (`| head`).
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

const { stdin, stdout, stderr, env } = process;
process.exitCode = await runCli(process.argv.slice(2), library, {
  stdin,
  stdout,
  stderr,
  env,
  onInterrupt: (handler) => {
    interruptHandler = handler;
    return () => {
      interruptHandler = undefined;
    };
  },
  now: () => performance.now(),
});
