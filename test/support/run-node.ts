import { spawn } from 'node:child_process';

/** Output and exit code of a process. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs Node on a script, with bytes on its standard input, and variables besides those of this process. */
export function runNode(
  args: readonly string[],
  stdin: Uint8Array = new Uint8Array(0),
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => void stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => void stderr.push(chunk));
  child.stdin.on('error', () => {}); // the process may end without reading its input
  child.stdin.end(stdin);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      resolve({ code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() }),
    );
  });
}
