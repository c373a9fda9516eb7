import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { CliError } from '../exit-codes.ts';
import { STANDARD_STREAM } from '../terminal/cli-io.ts';

/**
 * Lists the input files of a command line, without duplicates. A name that exists, or that contains no wildcards,
 * stands for itself; any other name is a glob pattern (quoted to protect it from the shell), whose files are sorted
 * alphabetically.
 *
 * @throws CliError with exit code 3 if a pattern matches no file
 */
export async function expandInputs(inputs: readonly string[]): Promise<string[]> {
  const lists = await Promise.all(inputs.map(expandInput));
  return [...new Set(lists.flat())];
}

async function expandInput(input: string): Promise<string[]> {
  if (input === STANDARD_STREAM || existsSync(input) || !isDynamicPattern(input)) return [input];
  const files = await glob(input, { absolute: isAbsolute(input), expandDirectories: false });
  if (files.length === 0) throw new CliError(3, `no file matches ${input}. Check the pattern`);
  return files.sort();
}
