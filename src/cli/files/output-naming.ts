/** The output that each input gets. */
import {
  fillTemplate,
  inFolder,
  isFolder,
  isTemplate,
  locationParts,
  schemeOf,
  shownLocation,
  withExtension,
} from '../../storage/location.ts';
import type { Entry } from '../../storage/store.ts';
import { usageError } from '../command-options.ts';
import { displayName, STANDARD_STREAM } from '../terminal/cli-io.ts';
import type { Job } from './file-jobs.ts';
import { checkOutput } from './output-name.ts';

const PLACEHOLDERS = ['dir', 'name', 'ext'] as const;

/**
 * Names outputs: `-o FILE` for one input; `-o DIR` (existing, or with a slash at the end) or a template with `{dir}`, `{name}` and `{ext}`
 * for any number of inputs; without `-o`, the input with another extension.
 */
export class OutputNaming {
  readonly #extension: string;
  readonly #output: string | undefined;
  readonly #isFolder: boolean;
  /** True if all inputs get one output. */
  readonly isFixed: boolean;

  /**
   * @param extension - of outputs whose name is not given, with its dot
   * @param output - the option `-o`
   * @throws CliError with exit code 2 if it is empty or has unknown placeholders
   */
  constructor(extension: string, output: string | undefined) {
    if (output !== undefined) checkOutput('--output', output, PLACEHOLDERS);
    this.#extension = extension;
    this.#output = output;
    this.#isFolder = output !== undefined && isFolder(output);
    this.isFixed = output !== undefined && !this.#isFolder && !isTemplate(output);
  }

  /** @throws CliError with exit code 2 if the input gets no name */
  jobOf({ location, size, version }: Entry): Job {
    if (location === STANDARD_STREAM && !this.isFixed) {
      throw usageError('standard input needs -o FILE, or -o - for standard output');
    }
    const file = this.#outputOf(location);
    if (file.output !== STANDARD_STREAM && schemeOf(file.output) === 'http') {
      const why = 'web servers are only read; give -o with a path or s3://BUCKET/KEY';
      throw usageError(
        `${displayName(location, 'standard input')} gets the output ${shownLocation(file.output)}: ${why}`,
      );
    }
    const [source, target] = [displayName(location, 'standard input'), displayName(file.output, 'standard output')];
    return { input: location, ...file, source, target, size, version };
  }

  #outputOf(input: string): Pick<Job, 'output' | 'makesFolder'> {
    const output = this.#output;
    if (output === undefined) return { output: withExtension(input, this.#extension), makesFolder: false };
    if (isTemplate(output)) {
      const location = fillTemplate(output, input);
      if (location === '') throw usageError(`the template ${output} gives ${input} no name`);
      return { output: location, makesFolder: true };
    }
    if (!this.#isFolder) return { output, makesFolder: false };
    return { output: inFolder(output, `${locationParts(input).name}${this.#extension}`), makesFolder: true };
  }

  /**
   * Checks that not several inputs get one output.
   *
   * @throws CliError with exit code 2 if they do
   */
  assertEnough(inputs: number): void {
    if (inputs < 2 || !this.isFixed) return;
    const remedy = `give -o DIR/ or -o "{dir}/{name}${this.#extension}"`;
    throw usageError(`${inputs} inputs and one output (${this.#output}); ${remedy}`);
  }
}
