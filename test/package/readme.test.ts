/** Runs the code of the README, its JavaScript blocks and its command lines, on a small photograph. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readImage, writeImage } from '../../src/entry/index.ts';
import { imageFormat } from '../../src/image/files/image-format.ts';

const readme = readFileSync('README.md', 'utf8');

/** Code blocks of a language. */
function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, 'g'))].map(([, code]) => code);
}

let folder = '';

beforeAll(async () => {
  mkdirSync('.scratch', { recursive: true });
  // Inside the package, so that its own name resolves.
  folder = mkdtempSync(resolve('.scratch/readme-'));
  const source = 'test/images/kodak/kodim23.png';
  const { data, width } = await readImage(readFileSync(source), { source });
  const side = 176; // large enough to fill the 20 kB of the examples
  const crop = new Uint8Array(side * side * 3);
  for (let y = 0; y < side; y++)
    crop.set(data.subarray((y + 160) * width * 3, ((y + 160) * width + side) * 3), y * side * 3);
  const photo = { data: crop, width: side, height: side, channels: 3 as const };
  mkdirSync(`${folder}/photos`);
  for (const name of ['photo.png', 'photo.jpg', 'photos/a.jpg']) {
    writeFileSync(`${folder}/${name}`, await writeImage(photo, imageFormat(name, 3)));
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('README', () => {
  test('JavaScript blocks run', () => {
    const code = blocks('js');
    expect(code.length).toBeGreaterThan(0);
    for (const [i, block] of code.entries()) {
      writeFileSync(`${folder}/block-${i}.mjs`, block);
      execFileSync(process.execPath, [`block-${i}.mjs`], { cwd: folder, stdio: 'pipe' });
    }
  });

  test('command lines run, in their order', () => {
    const bin = resolve('bin/ddpm-codec.js');
    const lines = blocks('sh').flatMap((block) => block.split('\n').filter((line) => line.includes('npx ddpm-codec')));
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines) {
      // The block of examples writes the same files as the JavaScript did: let it.
      const command = line.replaceAll(
        /npx ddpm-codec (encode|decode|truncate)/g,
        `"${process.execPath}" "${bin}" $1 --force`,
      );
      execFileSync('sh', ['-c', command.replaceAll('npx ddpm-codec', `"${process.execPath}" "${bin}"`)], {
        cwd: folder,
        stdio: 'pipe',
      });
    }
  });
});
