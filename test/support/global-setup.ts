/** Builds dist/ and the programs that tests run in plain Node or in threads, once for the whole test run. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { PROGRAMS, ROOT } from './built.ts';

/** Folders that contain programs and the modules that these import. */
const FOLDERS = [
  'test/fuzz',
  'test/hostile',
  'test/faults',
  'test/support',
  'test/portability',
  'test/model/training',
  'test/model/unet',
];
/** Further modules that they import. */
const MODULES = ['bench/model-fixture.ts'];
const COMPILER_OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  rewriteRelativeImportExtensions: true,
};

/** Paths of all modules, from the root. */
function modules(): string[] {
  const inFolders = FOLDERS.flatMap((folder) => readdirSync(join(ROOT, folder)).map((name) => join(folder, name)));
  return [...inFolders.filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts')), ...MODULES];
}

function compileTests(): void {
  for (const path of modules()) {
    const source = readFileSync(join(ROOT, path), 'utf8');
    const target = join(PROGRAMS, path.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, ts.transpileModule(source, { compilerOptions: COMPILER_OPTIONS }).outputText);
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
