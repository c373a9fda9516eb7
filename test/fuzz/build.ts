/** Compiles sources and tests into a folder, so that they can run in plain Node: its worker threads take no TypeScript. */
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { buildPackage } from '../support/cli-package.ts';

const TEST = join(import.meta.dirname, '..');
/** Folders whose programs run in threads, and what they import. */
const FOLDERS = ['fuzz', 'hostile', 'faults', 'support', 'model'];

/** The package as it is published, and beside it `test/fuzz` and its like; `src` is another name of `dist`. */
export function buildFuzz(folder: string): string {
  buildPackage(folder);
  symlinkSync(join(folder, 'dist'), join(folder, 'src'));
  const compilerOptions = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    verbatimModuleSyntax: true,
    rewriteRelativeImportExtensions: true,
  };
  for (const name of FOLDERS) {
    const target = join(folder, 'test', name);
    mkdirSync(target, { recursive: true });
    for (const file of readdirSync(join(TEST, name))) {
      if (!file.endsWith('.ts') || file.endsWith('.test.ts')) continue;
      const { outputText } = ts.transpileModule(readFileSync(join(TEST, name, file), 'utf8'), { compilerOptions });
      writeFileSync(join(target, file.replace(/\.ts$/, '.js')), outputText);
    }
  }
  return join(folder, 'test', 'fuzz', 'main.js');
}
