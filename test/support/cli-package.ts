import { spawn } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const ROOT = join(import.meta.dirname, '..', '..');

/** The package with a dist that is made of the sources as they are now; the checkout's own dist may be old. */
export function buildPackage(folder: string): string {
  const bin = join(folder, 'bin');
  cpSync(join(ROOT, 'bin'), bin, { recursive: true });
  copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  for (const name of ['node_modules', 'models', 'references']) symlinkSync(join(ROOT, name), join(folder, name));
  const compilerOptions = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    verbatimModuleSyntax: true,
    rewriteRelativeImportExtensions: true,
  };
  for (const name of readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })) {
    const source = join(ROOT, 'src', name);
    const target = join(folder, 'dist', name);
    mkdirSync(dirname(target), { recursive: true });
    if (!name.endsWith('.ts')) continue;
    const { outputText } = ts.transpileModule(readFileSync(source, 'utf8'), { compilerOptions });
    writeFileSync(target.replace(/\.ts$/, '.js'), outputText);
  }
  return join(bin, 'ddpm-codec.js');
}

/** What a process did. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs Node on a script, with bytes on its standard input. */
export function runNode(args: readonly string[], stdin: Uint8Array = new Uint8Array(0)): Promise<Ended> {
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => void stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => void stderr.push(chunk));
  child.stdin.on('error', () => {}); // it may end without reading
  child.stdin.end(stdin);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      resolve({ code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() }),
    );
  });
}
