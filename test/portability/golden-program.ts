/** Runs the programs of this folder. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PROGRAMS } from '../support/built.ts';
import type { GoldenOutput } from './golden-node.ts';

/**
 * Runs the golden program.
 *
 * @param node - path of the Node to run it in
 */
export async function runGolden(node: string): Promise<GoldenOutput> {
  return (await runProgram(node, 'golden-node')) as GoldenOutput;
}

/**
 * Runs unet-node.ts in this Node.
 *
 * @param args - as it takes them
 * @returns hashes by timestep
 */
export async function runUnet(...args: string[]): Promise<Record<string, string>> {
  return (await runProgram(process.execPath, 'unet-node', ...args)) as Record<string, string>;
}

async function runProgram(node: string, name: string, ...args: string[]): Promise<unknown> {
  const program = join(PROGRAMS, 'test', 'portability', `${name}.js`);
  const { stdout } = await promisify(execFile)(node, [program, ...args], { maxBuffer: 2 ** 24 });
  return JSON.parse(stdout);
}
