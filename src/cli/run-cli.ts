import { CommanderError } from 'commander';
import { errorLine, exitCodeOf, USAGE_EXIT_CODE } from './exit-codes.ts';
import type { Library } from './library.ts';
import { createProgram } from './program.ts';
import { type CliIo, displayName } from './terminal/cli-io.ts';

/**
 * Runs one command line and prints what went wrong, if anything did.
 *
 * @param args - the arguments after the program's name
 * @returns the exit code, see `exitCodeMeanings`
 */
export async function runCli(args: readonly string[], library: Library, io: CliIo): Promise<number> {
  const program = createProgram(library, io);
  let task = '';
  let input = '';
  program.hook('preAction', (_, command) => {
    input = displayName(command.args[0] ?? '', 'standard input');
    task = `${command.name()} ${input}`.trim();
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return reportUsage(error, args, io);
    io.stderr.write(`${errorLine(error, task, input)}\n`);
    if (io.env.DDPM_DEBUG === '1') io.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    return exitCodeOf(error);
  }
}

/** Names of the commands, to tell the help of which one to read. */
const COMMANDS: readonly string[] =
  'encode decode truncate info analyze sample models calibrate train bench compare doctor'.split(' ');

/** Help and version are no errors; commander has printed them. */
function reportUsage(error: CommanderError, args: readonly string[], io: CliIo): number {
  if (error.exitCode === 0) return 0;
  if (error.code === 'commander.help') return USAGE_EXIT_CODE; // no command: the help itself is on standard error
  const text = error.message
    .replace(/^error: /, '')
    .replace(/\s+/g, ' ')
    .replace(/\.$/, '');
  const command = COMMANDS.find((name) => name === args[0]);
  io.stderr.write(`ddpm-codec: wrong usage: ${text}. See ddpm-codec ${command ? `${command} ` : ''}--help\n`);
  return USAGE_EXIT_CODE;
}
