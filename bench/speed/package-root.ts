/** The working tree that the bench belongs to. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Folder of the package. */
export const ROOT: string = fileURLToPath(new URL('.', import.meta.resolve('ddpm-codec/package.json')));

/** Runs git in the working tree; returns what it prints. */
export function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}
