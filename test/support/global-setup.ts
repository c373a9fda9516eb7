/** Builds dist/ and the programs that tests run in plain Node or in threads, once for the whole test run. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { PROGRAMS, ROOT } from './built.ts';

/** Folders of test/ that contain programs and the modules that these import. */
const FOLDERS = ['fuzz', 'hostile', 'faults', 'support', 'portability'];
const COMPILER_OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  rewriteRelativeImportExtensions: true,
};

function compileTests(): void {
  for (const folder of FOLDERS) {
    for (const name of readdirSync(join(ROOT, 'test', folder))) {
      if (!name.endsWith('.ts') || name.endsWith('.test.ts')) continue;
      const source = readFileSync(join(ROOT, 'test', folder, name), 'utf8');
      const target = join(PROGRAMS, 'test', folder, name.replace(/\.ts$/, '.js'));
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, ts.transpileModule(source, { compilerOptions: COMPILER_OPTIONS }).outputText);
    }
  }
}

export default function setup(): void {
  execFileSync(process.execPath, ['scripts/build.js', '--if-stale'], { cwd: ROOT, stdio: 'inherit' });
  rmSync(PROGRAMS, { recursive: true, force: true });
  compileTests();
  // Links for the path of the sources in imports, and for files that programs find relative to their own path.
  symlinkSync(join(ROOT, 'dist'), join(PROGRAMS, 'src'));
  symlinkSync(join(ROOT, 'models'), join(PROGRAMS, 'models'));
  symlinkSync(join(ROOT, 'scripts'), join(PROGRAMS, 'scripts'));
  symlinkSync(join(ROOT, 'test', 'vectors'), join(PROGRAMS, 'test', 'vectors'));
}
