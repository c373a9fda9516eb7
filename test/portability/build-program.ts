/** Builds the golden program, and runs it in any Node. */
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { buildPackage } from '../support/cli-package.ts';
import type { GoldenOutput } from './golden-node.ts';

/** The package as it is published, and beside it the golden program, compiled; `src` is another name of `dist`. */
export function buildProgram(folder: string): void {
  buildPackage(folder);
  symlinkSync(join(folder, 'dist'), join(folder, 'src'));
  const target = join(folder, 'test', 'portability');
  mkdirSync(target, { recursive: true });
  symlinkSync(join(import.meta.dirname, '..', 'vectors'), join(folder, 'test', 'vectors'));
  const compilerOptions = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    verbatimModuleSyntax: true,
    rewriteRelativeImportExtensions: true,
  };
  for (const name of readdirSync(import.meta.dirname)) {
    if (!name.endsWith('.ts')) continue;
    const source = readFileSync(join(import.meta.dirname, name), 'utf8');
    const { outputText } = ts.transpileModule(source, { compilerOptions });
    writeFileSync(join(target, name.replace(/\.ts$/, '.js')), outputText);
  }
}

/**
 * Runs the golden program.
 *
 * @param folder - where it was built
 * @param node - path of the Node to run it in
 * @param args - as golden-node.ts takes them
 */
export async function runGolden(folder: string, node: string, ...args: string[]): Promise<GoldenOutput> {
  const program = join(folder, 'test', 'portability', 'golden-node.js');
  const { stdout } = await promisify(execFile)(node, [program, ...args], { maxBuffer: 2 ** 24 });
  return JSON.parse(stdout);
}
