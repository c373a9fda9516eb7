import { listInputs } from '../../storage/list-inputs.ts';
import { usageError } from '../command-options.ts';
import { STANDARD_STREAM } from '../terminal/cli-io.ts';

/**
 * Lists the inputs of a command line, each once; see `listInputs`. `-` stands for standard input.
 *
 * @throws DdpmError `ERR_DDPM_INPUT` if a pattern matches nothing; CliError with exit code 2 for an empty name
 */
export async function expandInputs(inputs: readonly string[]): Promise<string[]> {
  if (inputs.includes('')) throw usageError('an input expected a path, got an empty one');
  const streams = inputs.filter((input) => input === STANDARD_STREAM).slice(0, 1);
  const found: string[] = [];
  for await (const { location } of listInputs(inputs.filter((input) => input !== STANDARD_STREAM)))
    found.push(location);
  return [...streams, ...found];
}
