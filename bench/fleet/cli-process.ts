/** Processes of the built command line. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The executable as it is published. */
const BIN = fileURLToPath(new URL('bin/ddpm-codec.js', new URL('.', import.meta.resolve('ddpm-codec/package.json'))));

/** How a process ended, and what it printed. */
export interface CliEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process that runs. */
export interface CliProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<CliEnd>;
  /** What it has printed on standard error up to now. */
  stderr(): string;
}

/** Starts `ddpm-codec` with arguments; the address of a queue is in the environment. */
export function startCli(args: readonly string[], queue?: string): CliProcess {
  const env = { ...process.env, ...(queue !== undefined && { DDPM_CODEC_QUEUE: queue }) };
  const child = spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<CliEnd>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { child, ended, stderr: () => stderr };
}

/**
 * Runs `ddpm-codec` to its end.
 *
 * @throws Error if it fails
 */
export async function runCli(args: readonly string[], queue?: string): Promise<CliEnd> {
  const end = await startCli(args, queue).ended;
  if (end.code !== 0)
    throw new Error(`ddpm-codec ${args.join(' ')} ended with ${end.code ?? end.signal}: ${end.stderr}`);
  return end;
}
