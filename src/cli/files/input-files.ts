import { existsSync } from 'node:fs';
import { isDynamicPattern } from 'tinyglobby';
import { globFiles, onePathEach } from '../../node/find-files.ts';
import { usageError } from '../command-options.ts';
import { CliError } from '../exit-codes.ts';
import { STANDARD_STREAM } from '../terminal/cli-io.ts';

/**
 * Lists the input files of a command line, each once. A name that exists, or that contains no wildcards, stands for
 * itself; any other name is a glob pattern (quoted to protect it from the shell), whose files are sorted alphabetically.
 *
 * @throws CliError with exit code 3 if a pattern matches no file; 2 for an empty name
 */
export async function expandInputs(inputs: readonly string[]): Promise<string[]> {
  const lists = await Promise.all(inputs.map(expandInput));
  return onePathEach(lists.flat());
}

async function expandInput(input: string): Promise<string[]> {
  if (input === '') throw usageError('an input expected a path, got an empty one');
  if (input === STANDARD_STREAM || existsSync(input) || !isDynamicPattern(input)) return [input];
  const files = await globFiles(input);
  if (files.length === 0) throw new CliError(3, `no file matches ${input}. Check the pattern`);
  return files;
}
