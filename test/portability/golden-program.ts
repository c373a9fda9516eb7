/** Runs the golden program in any Node. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PROGRAMS } from '../support/built.ts';
import type { GoldenOutput } from './golden-node.ts';

/**
 * Runs the golden program.
 *
 * @param node - path of the Node to run it in
 * @param args - as golden-node.ts takes them
 */
export async function runGolden(node: string, ...args: string[]): Promise<GoldenOutput> {
  const program = join(PROGRAMS, 'test', 'portability', 'golden-node.js');
  const { stdout } = await promisify(execFile)(node, [program, ...args], { maxBuffer: 2 ** 24 });
  return JSON.parse(stdout);
}
