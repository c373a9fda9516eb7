import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';

const DOCUMENTS = {
  'README.md':
    '# Readme\n\nSee [the format](docs/format.md#2-layers), [docs](docs) and [a site](https://example.org/docs/none.md).\n',
  'docs/format.md':
    '# Format\n\n## 1. Header\n\nSections 1 and 2, appendix A; not section 4.3 of a paper.\n\n```sh\n# 9. No heading\n[x](none.md)\n```\n\n' +
    '## 2. Layers\n\n### `Code` values\n\n## Appendix A. Values\n\n## Twice\n\n## Twice\n',
  'docs/design/search.md': '# Search\n\n## Last layer\n',
};

/** Runs scripts/check-citations.js on a tree of files. */
function check(files: Record<string, string>): { status: number | null; stderr: string; stdout: string } {
  const folder = temporaryFolder();
  const script = join(folder, 'scripts', 'check-citations.js');
  cpSync(join(import.meta.dirname, '..', '..', 'scripts', 'check-citations.js'), script);
  for (const [path, text] of Object.entries({ 'package.json': '{"type":"module"}', ...DOCUMENTS, ...files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return spawnSync(process.execPath, [script], { encoding: 'utf8' });
}

test.each([
  // No such file.
  ['src/a.ts', '// docs/none.md', 'docs/none.md does not exist'],
  ['test/a.py', '"""See docs/design/none.md."""', 'docs/design/none.md does not exist'],
  ['bench/a.ts', "const text = 'as SECURITY.md says';", 'SECURITY.md does not exist'],
  ['docs/a.md', 'See format.md and design/none.md.', 'design/none.md does not exist'],
  ['docs/a.md', '[format](formats.md)', 'the link formats.md leads nowhere'],
  ['docs/a.md', '![plot](figures/plot.svg)', 'the link figures/plot.svg leads nowhere'],
  // No such section.
  ['src/a.ts', '// docs/format.md, "Headers"', 'docs/format.md has no section "Headers"'],
  ['src/a.ts', '// docs/format.md, "Header" to "Layer"', 'docs/format.md has no section "Layer"'],
  ['src/a.ts', '/**\n * docs/design/search.md, "Last\n * layers".\n */', 'has no section "Last layers"'],
  ['src/a.ts', '// (docs/format.md, section "1. Header")', 'has no section "1. Header"'],
  ['src/a.ts', '// docs/format.md, section 3.', 'docs/format.md has no section 3'],
  ['src/a.ts', '/* docs/format.md, sections 1 and 4 */', 'docs/format.md has no section 4'],
  ['src/a.ts', '// docs/format.md, sections 1 to 3', 'docs/format.md has no section 3'],
  ['docs/design/a.md', '[format.md](../format.md), appendix B', 'docs/format.md has no section B'],
  ['docs/format.md', '# Format\n\n## 1. Header\n\nSee section 2.\n\n## 2 Layers\n', 'this document has no section 2'],
  // No such anchor.
  ['docs/a.md', '[format](format.md#layers)', 'docs/format.md has no heading with the anchor #layers'],
  ['docs/a.md', '# A\n\n[below](#b)\n\n## Bee\n', 'docs/a.md has no heading with the anchor #b'],
  ['src/a.ts', '// docs/format.md#twice-2', 'docs/format.md has no heading with the anchor #twice-2'],
])('%s with %j is a problem', (path, text, problem) => {
  const { status, stderr } = check({ [path]: `${text}\n` });
  expect(stderr).toContain(`${path}:`);
  expect(stderr).toContain(problem);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(status).toBe(1);
});

test('accepts citations that exist, and ignores documents of other projects', () => {
  const { status, stdout, stderr } = check({
    'src/a.ts': [
      '/** What it is. docs/format.md, "Header", "Layers" and "Code values"; docs/design/search.md, "Last',
      ' * layer". */',
      '// docs/format.md, sections 1, 2 and appendix A; docs/format.md#twice-1; `README.md`',
      `const it = \`\${folder}/none.md, section 7\`; // writes tables.md; https://example.org/none/x.md`,
      '// Ho et al. 2020, section 4.3',
    ].join('\n'),
    'docs/a.md':
      '[format](format.md#code-values), section 1, and [search](design/search.md), "Last layer"; section 12\n',
    'docs/design/b.md': '# B\n\n[up](../format.md#appendix-a-values) and [here](#c-d-e)\n\n## C, d (`e`)\n',
  });
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^check-citations: \d+ files, \d+ citations, 0 problems\n$/);
  expect(status).toBe(0);
});
