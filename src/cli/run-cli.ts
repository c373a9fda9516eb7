import { CommanderError } from 'commander';
import { withoutSecrets } from '../base/without-secrets.ts';
import { JsonLog } from '../metrics/json-log.ts';
import { errorLine, exitCodeOf, USAGE_EXIT_CODE } from './exit-codes.ts';
import type { Library } from './library.ts';
import { createProgram } from './program.ts';
import { type CliIo, displayName } from './terminal/cli-io.ts';
import { messageStream } from './terminal/json-stderr.ts';

/**
 * Runs a command line; prints an error on standard error.
 *
 * @param args - the arguments after the program's name
 * @returns exit code, see `exitCodeMeanings`
 */
export async function runCli(args: readonly string[], library: Library, given: CliIo): Promise<number> {
  const io: Writable<CliIo> = { ...given };
  const program = createProgram(library, io);
  let task = '';
  let input = '';
  program.hook('preAction', (_, command) => {
    const { log, quiet } = command.opts();
    if (log === 'json') {
      io.log = new JsonLog((line) => given.stderr.write(line), quiet === true);
      io.stderr = messageStream(io.log);
    }
    input = displayName(command.args[0] ?? '', 'standard input');
    task = `${VERBS.get(command.name()) ?? command.name()} ${input}`.trim();
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return reportUsage(error, args, io);
    io.stderr.write(`${withoutSecrets(errorLine(error, task, input))}\n`);
    if (io.env.DDPM_DEBUG === '1') {
      io.stderr.write(`${withoutSecrets((error instanceof Error && error.stack) || String(error))}\n`);
    }
    return exitCodeOf(error);
  }
}

/** An object whose fields can be set. */
type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** What commands do whose names are no verbs. */
const VERBS: ReadonlyMap<string, string> = new Map([
  ['info', 'read'],
  ['fid', 'compare'],
]);

/** Names of the commands, for the hint which help to read. */
const COMMANDS: readonly string[] =
  'encode decode truncate info analyze sample models calibrate train bench compare fid doctor submit worker status retry'.split(
    ' ',
  );

/** Reports wrong usage and returns the exit code. Help and version, which commander has printed, are not errors. */
function reportUsage(error: CommanderError, args: readonly string[], io: CliIo): number {
  if (error.exitCode === 0) return 0;
  // No command was given: commander has printed the help on standard error.
  if (error.code === 'commander.help') return USAGE_EXIT_CODE;
  const text = error.message
    .replace(/^error: /, '')
    .replace(/\s+/g, ' ')
    .replace(/\.$/, '');
  const command = COMMANDS.find((name) => name === args[0]);
  io.stderr.write(
    `ddpm-codec: wrong usage: ${withoutSecrets(text)}. See ddpm-codec ${command ? `${command} ` : ''}--help\n`,
  );
  return USAGE_EXIT_CODE;
}
