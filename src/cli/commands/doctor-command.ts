import type { Command } from 'commander';
import { defined } from '../../base/defined.ts';
import type { BackendName } from '../../model/backends/backend.ts';
import { backendOption, printJson } from '../command-options.ts';
import { CliError } from '../exit-codes.ts';
import { type CliIo, writeStandardOutput } from '../terminal/cli-io.ts';

/** Options of the `doctor` command. */
export interface DoctorCommandOptions {
  readonly model?: string;
  readonly backend?: BackendName;
  readonly json?: true;
}

/** Adds the `doctor` command. */
export function addDoctor(program: Command, io: CliIo): void {
  program
    .command('doctor')
    .description('Check this installation: backends, threads, the model and its hash, a round trip of a small picture.')
    .option('--model <model>', 'name, id or weights file of a model (default: the one that is shipped)')
    .addOption(backendOption())
    .option('--json', 'print one JSON object on standard output')
    .action((options: DoctorCommandOptions) => doctorCommand(options, io));
}

/**
 * `ddpm-codec doctor`: checks this installation and prints the result of each check.
 *
 * @throws CliError with exit code 1 if a check found something broken, after all results have been printed
 */
export async function doctorCommand({ model, backend, json }: DoctorCommandOptions, io: CliIo): Promise<void> {
  const { diagnose } = await import('../../api/diagnose.ts');
  const diagnosis = await diagnose(defined({ model, backend }));
  const { checks, version, healthy } = diagnosis;
  if (json) await printJson('doctor', diagnosis, io);
  else {
    const width = Math.max(...checks.map(({ name }) => name.length));
    const lines = checks.map(({ name, status, detail }) => `${status.padEnd(7)}  ${name.padEnd(width)}  ${detail}`);
    await writeStandardOutput(`ddpm-codec ${version}\n${lines.join('\n')}\n`, io);
  }
  if (healthy) return;
  const broken = checks.filter(({ status }) => status === 'broken').map(({ name }) => name);
  throw new CliError(1, `broken: ${broken.join(', ')}. The lines above say why`);
}
