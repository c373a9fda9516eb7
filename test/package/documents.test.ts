/**
 * Runs the code in the documents on a small photograph: blocks of JavaScript, and command lines in the order of each
 * document. Does not run blocks marked `js no-run` or `js browser`, which need things that are not available in tests,
 * nor blocks marked `text`, which need a network or take hours. Imports are checked in all blocks of JavaScript.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { globSync } from 'tinyglobby';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exitCodeMeanings } from '../../src/cli/exit-codes.ts';
import { writeImage } from '../../src/entry/index.ts';
import { imageFormat } from '../../src/image/files/image-format.ts';
import { BIN } from '../support/built.ts';
import { kodakCrop } from '../support/pictures.ts';

/** Documents whose JavaScript is run. */
const WITH_CODE = [
  'README.md',
  'SECURITY.md',
  'docs/analysis.md',
  'docs/library.md',
  'docs/placeholders.md',
  'docs/quality.md',
  'docs/server.md',
];
/** Documents whose command lines are run. */
/** Longest that a command of a document may take; what takes longer stands in a block `text`. */
const SLOWEST_MS = 120_000;
const WITH_COMMANDS = ['README.md', 'docs/command-line.md'];
const ALL = globSync(['*.md', 'docs/**/*.md'], { ignore: ['docs/api/**'] });
/** Length of a CIFAR-10 record: one label byte and 32 x 32 pixels. */
const CIFAR_RECORD = 3073;

/** Code blocks of a document with a given info string. */
function blocks(document: string, info: string): string[] {
  const text = readFileSync(document, 'utf8');
  return [...text.matchAll(new RegExp(`^\`\`\`${info}\\n([^]*?)^\`\`\``, 'gm'))].map(([, code]) => code);
}

/** Folder with the files that the examples read; each document uses a copy. */
let fixtures = '';
const folders: string[] = [];

function newFolder(): string {
  // Inside the package, so that imports of `ddpm-codec` resolve.
  const folder = mkdtempSync(resolve('.scratch/documents-'));
  folders.push(folder);
  return folder;
}

function workplace(): string {
  const folder = newFolder();
  mkdirSync(`${folder}/photos`);
  for (const name of ['photo.png', 'photo.jpg', 'photos/a.jpg', 'test_batch.bin']) {
    copyFileSync(`${fixtures}/${name}`, `${folder}/${name}`);
  }
  return folder;
}

beforeAll(async () => {
  mkdirSync('.scratch', { recursive: true });
  fixtures = newFolder();
  const photo = await kodakCrop(176, 176); // large enough to fill the 20 kB of the examples
  mkdirSync(`${fixtures}/photos`);
  for (const name of ['photo.png', 'photo.jpg', 'photos/a.jpg']) {
    writeFileSync(`${fixtures}/${name}`, await writeImage(photo, imageFormat(name)));
  }
  const images = readFileSync('test/images/cifar10-test-128.bin');
  writeFileSync(`${fixtures}/test_batch.bin`, images.subarray(0, 2 * CIFAR_RECORD));
});

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

test.each(WITH_CODE)('%s: JavaScript runs', (document) => {
  const folder = workplace();
  const code = blocks(document, 'js');
  expect(code.length).toBeGreaterThan(0);
  for (const [i, block] of code.entries()) {
    writeFileSync(`${folder}/block-${i}.mjs`, block);
    const env = { ...process.env, DDPM_CODEC_MODELS: `${folder}/models` };
    execFileSync(process.execPath, [`block-${i}.mjs`], { cwd: folder, stdio: 'pipe', env });
  }
});

test.each(WITH_COMMANDS)('%s: command lines run', (document) => {
  const folder = workplace();
  const lines = blocks(document, 'sh').flatMap((block) =>
    block.split('\n').filter((line) => line.includes('npx ddpm-codec')),
  );
  expect(lines.length).toBeGreaterThan(1);
  for (const line of lines) {
    const command = line.replaceAll('npx ddpm-codec', `"${process.execPath}" "${BIN}"`);
    const env = { ...process.env, DDPM_CODEC_MODELS: `${folder}/models` };
    execFileSync('bash', ['-o', 'pipefail', '-c', command], { cwd: folder, stdio: 'pipe', env, timeout: SLOWEST_MS });
  }
});

describe('in documents', () => {
  test('imports from the package are exported', async () => {
    const imported = ALL.flatMap((document) =>
      blocks(document, 'js[^\\n]*').flatMap((code) =>
        [...code.matchAll(/import \{([^}]*)\} from '(ddpm-codec[^']*)'/g)].map(([, names, entry]) => ({
          document,
          entry,
          names: names.split(',').map((name) => name.trim()),
        })),
      ),
    );
    expect(imported.length).toBeGreaterThan(10);
    for (const { document, entry, names } of imported) {
      const file = entry === 'ddpm-codec' ? 'index' : entry.slice('ddpm-codec/'.length);
      const values = Object.keys(await import(pathToFileURL(resolve(`src/entry/${file}.ts`)).href));
      expect(values, `${document}: ${entry}`).toEqual(expect.arrayContaining(names.filter((name) => name !== '')));
    }
  });

  test('the exit codes are those of the program', () => {
    const rows = readFileSync('docs/command-line.md', 'utf8').matchAll(/^\| (\d+) \| (.*) \|$/gm);
    expect(new Map([...rows].map(([, code, meaning]) => [Number(code), meaning.replaceAll('`', '')]))).toEqual(
      exitCodeMeanings,
    );
  });
});
