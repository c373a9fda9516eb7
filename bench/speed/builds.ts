/**
 * Builds of the package from other commits. They are kept in .scratch/builds, by commit, and used again; deleting that
 * folder removes them.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { git, ROOT } from './package-root.js';

const FOLDER = join(ROOT, '.scratch', 'builds');
/** Most bytes of a commit's archive. */
const MOST_BYTES = 2 ** 30;

/** A build of the package. */
export interface Build {
  /** Short id of its commit; null for the working tree. */
  readonly commit: string | null;
  /** Folder of the package. */
  readonly root: string;
}

/** The build of the working tree. */
export const HERE: Build = { commit: null, root: ROOT };

function npm(folder: string, ...args: string[]): void {
  execFileSync('npm', args, {
    cwd: folder,
    shell: process.platform === 'win32',
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** Links the packages of the working tree, or installs those of the commit where its lock file is another one. */
function addPackages(folder: string): void {
  const [own, other] = [ROOT, folder].map((root) => readFileSync(join(root, 'package-lock.json'), 'utf8'));
  if (own === other) symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
  else npm(folder, 'ci', '--ignore-scripts', '--no-audit', '--no-fund');
}

/** Fills a folder with the files of a commit, without tests and documents, and builds the package there. */
function build(commit: string, folder: string): void {
  const archive = ['archive', '--format=tar', commit, '--', '.', ':!test', ':!docs'];
  const files = execFileSync('git', archive, { cwd: ROOT, maxBuffer: MOST_BYTES });
  execFileSync('tar', ['-xf', '-', '-C', folder], { input: files });
  addPackages(folder);
  npm(folder, 'run', '-s', 'build');
}

/**
 * Builds a commit, unless that was done before.
 *
 * @param name - what git calls it: an id, a branch, `HEAD~1`
 * @throws RangeError if git knows no commit of that name
 */
export function buildCommit(name: string): Build {
  let commit: string;
  try {
    commit = git('rev-parse', '--short=10', '--verify', '--quiet', `${name}^{commit}`);
  } catch {
    throw new RangeError(`"--against" expected commits that git knows, got ${name}`);
  }
  const root = join(FOLDER, commit);
  if (existsSync(root)) return { commit, root };
  mkdirSync(FOLDER, { recursive: true });
  // Builds in a temporary folder that is then renamed, so that a build that failed is not used.
  const folder = mkdtempSync(`${root}-`);
  try {
    build(commit, folder);
    renameSync(folder, root);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { commit, root };
}
