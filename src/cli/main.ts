import { library } from './library.ts';
import { runCli } from './run-cli.ts';

// At once and not through an AbortSignal: nothing needs tidying up, since atomic-write.ts never yields with a temporary file.
// Only a training, which may have hours to lose, is asked to end by itself first.
let interruptHandler: (() => void) | undefined;
process.on('SIGINT', () => {
  const handler = interruptHandler;
  interruptHandler = undefined;
  if (handler === undefined) process.exit(130);
  handler();
});
process.on('SIGTERM', () => process.exit(143));

// Without a listener a reader who goes away (`| head`) would end the process with a stack trace.
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
