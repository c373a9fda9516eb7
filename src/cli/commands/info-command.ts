import { defined } from '../../base/defined.ts';
import { shownLocation } from '../../storage/location.ts';
import { printJson, usageError } from '../command-options.ts';
import { errorReport } from '../exit-codes.ts';
import type { Library } from '../library.ts';
import { type CliIo, displayName, readInput, writeStandardOutput } from '../terminal/cli-io.ts';
import { describeStream } from '../terminal/text-format.ts';

/** Options of the `info` command. */
export interface InfoCommandOptions {
  readonly json?: true;
  readonly backends?: true;
  readonly limitPixels?: number;
}

type Backend = Awaited<ReturnType<Library['listBackends']>>[number];

/** `ddpm-codec info`: describes a `.ddpm` file, and lists the tensor backends, without running the model. */
export async function infoCommand(
  input: string | undefined,
  options: InfoCommandOptions,
  library: Library,
  io: CliIo,
): Promise<void> {
  if (input === undefined && !options.backends) throw usageError('info needs an input file or --backends');
  if (input === '') throw usageError('the input expected a path, got an empty one');
  const stream = input === undefined ? undefined : await inspectInput(input, options, library, io);
  const backends = options.backends ? await library.listBackends() : undefined;
  if (options.json)
    return printJson(
      'info',
      { input: input === undefined ? null : shownLocation(input), ...stream, ...(backends && { backends }) },
      io,
    );
  const parts = [
    ...(input !== undefined && stream ? [describeStream(displayName(input, 'standard input'), stream)] : []),
    ...(backends ? [describeBackends(backends)] : []),
  ];
  await writeStandardOutput(parts.join('\n'), io);
}

/** Describes a stream. With `--json`, a failure is printed as the object of the file before it is thrown. */
async function inspectInput(
  input: string,
  { json, limitPixels }: InfoCommandOptions,
  library: Library,
  io: CliIo,
): Promise<ReturnType<Library['inspect']>> {
  try {
    return library.inspect(await readInput(input, io), defined({ limitInputPixels: limitPixels }));
  } catch (error) {
    const source = displayName(input, 'standard input');
    if (json)
      await printJson('info', { input: shownLocation(input), error: errorReport(error, `read ${source}`, source) }, io);
    throw error;
  }
}

function describeBackends(backends: readonly Backend[]): string {
  const width = Math.max(...backends.map(({ name }) => name.length));
  const lines = backends.map(({ name, available, description, portable }) => {
    const state = available ? 'available    ' : 'not available';
    return `${name.padEnd(width)}  ${state}  ${portable ? 'portable    ' : 'not portable'}  ${description}\n`;
  });
  return lines.join('');
}
