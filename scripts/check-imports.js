// Fails when a module imports what the architecture forbids (docs: design of ddpm-codec, section "Module boundaries").
// Plain Node, no dependency: imports are found in the text, after comments are taken out.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const PUBLIC_FILES = [
  'src/index.ts',
  'src/browser.ts',
  'src/benchmark/index.ts',
  'src/codec/index.ts',
  'src/model/index.ts',
];
const PUBLIC_PACKAGES = [
  'ddpm-codec',
  'ddpm-codec/bench',
  'ddpm-codec/browser',
  'ddpm-codec/codec',
  'ddpm-codec/model',
];
const ASSEMBLING_PACKAGES = ['commander', 'cli-progress'];

/**
 * Rules, the first whose `files` is a prefix of the path counts. `own`: prefixes of our own files that may be imported;
 * `ownTypes`: further ones for `import type`; `builtins`: Node's modules; `not`: packages that may not be imported.
 */
const rules = [
  { files: 'src/errors.ts', own: [], builtins: false, not: ['sharp', ...ASSEMBLING_PACKAGES] },
  { files: 'src/embedded.ts', own: [], builtins: false, not: ['sharp', '@tensorflow/', ...ASSEMBLING_PACKAGES] },
  {
    files: 'src/model/',
    own: ['src/embedded.ts', 'src/errors.ts', 'src/model/'],
    builtins: false,
    not: ['sharp', ...ASSEMBLING_PACKAGES],
  },
  {
    files: 'src/codec/',
    own: ['src/embedded.ts', 'src/errors.ts', 'src/codec/'],
    ownTypes: ['src/model/'],
    builtins: false,
    not: ['sharp', '@tensorflow/', ...ASSEMBLING_PACKAGES],
  },
  {
    files: 'src/image/sharp-io.ts',
    own: ['src/errors.ts', 'src/api/types.ts', 'src/image/'],
    builtins: true,
    not: ASSEMBLING_PACKAGES,
  },
  {
    files: 'src/image/rivals.ts',
    own: ['src/errors.ts', 'src/api/types.ts', 'src/image/'],
    builtins: true,
    not: ASSEMBLING_PACKAGES,
  },
  {
    files: 'src/image/',
    own: ['src/errors.ts', 'src/api/types.ts', 'src/image/'],
    builtins: false,
    not: ['sharp', ...ASSEMBLING_PACKAGES],
  },
  {
    // The calibrated variance is the codec's own: its basis and its table, and nothing else of the codec.
    files: 'src/analysis/',
    own: [
      'src/errors.ts',
      'src/api/types.ts',
      'src/analysis/',
      'src/model/',
      'src/codec/variance.ts',
      'src/codec/whitening.ts',
    ],
    builtins: false,
    not: ['sharp', '@tensorflow/', ...ASSEMBLING_PACKAGES],
  },
  {
    files: 'src/training/',
    own: ['src/errors.ts', 'src/api/types.ts', 'src/analysis/', 'src/training/', 'src/model/'],
    builtins: true,
    not: ['sharp', '@tensorflow/', ...ASSEMBLING_PACKAGES],
  },
  {
    files: 'src/api/',
    own: ['src/errors.ts', 'src/analysis/', 'src/api/', 'src/codec/', 'src/model/', 'src/image/', 'src/training/'],
    builtins: true,
    not: ['sharp', ...ASSEMBLING_PACKAGES],
  },
  {
    files: 'src/index.ts',
    own: ['src/errors.ts', 'src/analysis/', 'src/api/', 'src/codec/', 'src/model/', 'src/image/', 'src/training/'],
    builtins: true,
    not: ['sharp', ...ASSEMBLING_PACKAGES],
  },
  {
    files: 'src/benchmark/',
    own: [
      'src/errors.ts',
      'src/analysis/',
      'src/api/',
      'src/benchmark/',
      'src/codec/index.ts',
      'src/codec/format-model.ts',
      'src/image/',
      'src/model/index.ts',
    ],
    builtins: true,
    not: ['sharp', '@tensorflow/', ...ASSEMBLING_PACKAGES],
  },
  {
    // Nor may what it takes of src/api lead to Node: test/browser looks for that in the bundle.
    files: 'src/browser',
    own: ['src/errors.ts', 'src/api/', 'src/browser/', 'src/codec/', 'src/image/grey-png.ts', 'src/model/'],
    builtins: false,
    not: ['sharp', '@tensorflow/', ...ASSEMBLING_PACKAGES],
  },
  {
    files: 'src/cli/',
    own: ['src/index.ts', 'src/benchmark/index.ts', 'src/cli/'],
    builtins: true,
    not: ['sharp', '@tensorflow/'],
  },
  { files: 'bin/', own: ['dist/cli/main.js', ...PUBLIC_FILES], builtins: true, not: ['sharp'] },
  { files: 'bench/', own: ['bench/', ...PUBLIC_FILES], builtins: true, not: [] },
  { files: 'examples/', own: ['examples/', ...PUBLIC_FILES], builtins: true, not: [] },
];

const files = ['src', 'bin', 'bench', 'examples'].flatMap((folder) => sourceFiles(join(root, folder)));
let importCount = 0;
const violations = [];
for (const file of files) {
  const path = relative(root, file).split(sep).join('/');
  const rule = rules.find((candidate) => path.startsWith(candidate.files));
  if (!rule) violations.push(`${path}: no rule for this file; add one to scripts/check-imports.js`);
  for (const found of importsOf(readFileSync(file, 'utf8'))) {
    importCount++;
    const why = rule && forbidden(path, found, rule);
    if (why) violations.push(`${path}:${found.line}: imports '${found.specifier}': ${why}`);
  }
}
for (const violation of violations) console.error(violation);
console.log(
  `check-imports: ${files.length} files, ${importCount} imports, ${rules.length} rules, ${violations.length} violations`,
);
if (files.length === 0) console.error('check-imports: no files found');
process.exitCode = violations.length > 0 || files.length === 0 ? 1 : 0;

/** Why an import is not allowed, or undefined. */
function forbidden(path, { specifier, isType }, rule) {
  if (isBuiltin(specifier))
    return rule.builtins ? undefined : 'Node built-ins are not allowed here (it runs in browsers)';
  if (!specifier.startsWith('.')) {
    if (PUBLIC_PACKAGES.includes(specifier))
      return path.startsWith('src/') ? 'the package must not import itself' : undefined;
    const isBanned = rule.not.some(
      (name) => specifier === name || specifier.startsWith(name.endsWith('/') ? name : `${name}/`),
    );
    return isBanned ? 'this package is not allowed here' : undefined;
  }
  const target = posix.join(dirname(path), specifier);
  const isAllowed = (prefix) => (prefix.endsWith('/') ? target.startsWith(prefix) : target === prefix);
  if (rule.own.some(isAllowed)) return undefined;
  if (!(rule.ownTypes ?? []).some(isAllowed))
    return `${rule.files} may import ${rule.own.join(', ') || 'nothing of ours'}`;
  return isType ? undefined : 'only `import type` is allowed across this boundary';
}

/** All imports and re-exports in a source text. */
function importsOf(text) {
  const code = withoutComments(text);
  const found = [];
  const patterns = [
    /^[ \t]*(?:import|export)\s+(type\s)?(?:[\w$*{},\s]+?)\s*from\s*['"]([^'"\n]+)['"]/gm,
    /^[ \t]*import\s*()['"]([^'"\n]+)['"]/gm,
    /(typeof\s+)?\b(?:import|require)\s*\(\s*['"]([^'"\n]+)['"]/g,
    /(\bnew\s+)URL\(\s*['"](\.[^'"\n]+\.[cm]?[jt]s)['"]/g,
  ];
  for (const pattern of patterns) {
    for (const match of code.matchAll(pattern)) {
      const isType = match[1] !== undefined && /^(type|typeof)\s/.test(match[1]);
      found.push({ specifier: match[2], isType, line: code.slice(0, match.index).split('\n').length });
    }
  }
  return found;
}

/** Blanks comments, keeps strings and line numbers. */
function withoutComments(text) {
  const token = /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
  return text.replace(token, (whole, string) => string ?? whole.replace(/[^\n]/g, ' '));
}

function sourceFiles(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.[cm]?[jt]s$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes(`${sep}node_modules${sep}`));
}
