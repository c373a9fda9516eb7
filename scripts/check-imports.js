// Fails if a module imports something that the architecture forbids (docs/architecture.md), if files import each other
// in a circle, or if two files in src/ have the same name. Needs only Node: finds imports by searching the text without
// its comments.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const ENTRIES = ['index', 'analysis', 'bench', 'browser', 'codec', 'element', 'model', 'quality', 'server', 'training'];
const PUBLIC_PACKAGES = ENTRIES.map((name) => (name === 'index' ? 'ddpm-codec' : `ddpm-codec/${name}`));
const ASSEMBLING_PACKAGES = ['commander', 'cli-progress'];
const TENSORS = '@tensorflow/';

const PURE = ['src/base/', 'src/image/'];
const CODING = [...PURE, 'src/model/', 'src/codec/', 'src/coding/'];
const API = [...CODING, 'src/analysis/', 'src/node/', 'src/api/'];
const NO_IMAGE_FILES = { not: ['sharp', ...ASSEMBLING_PACKAGES], builtins: false };
/**
 * Rules for imports. For a file, the first rule counts whose `files` is a prefix of its path. Folders are listed from
 * the bottom to the top of the architecture, and each may import only folders below it (docs/architecture.md).
 *
 * - `own`: prefixes of files of this package that may be imported
 * - `ownTypes`: prefixes of further files that may be imported with `import type`
 * - `notOwn`: prefixes of files that may not be imported although `own` contains them
 * - `builtins`: whether modules of Node may be imported
 * - `not`: packages that may not be imported; a name that ends with a slash stands for a scope
 */
const rules = [
  { files: 'src/base/', own: ['src/base/'], builtins: false, not: ['sharp', TENSORS, ...ASSEMBLING_PACKAGES] },
  { files: 'src/onnx/', own: ['src/base/', 'src/onnx/'], ...NO_IMAGE_FILES },
  { files: 'src/image/files/', own: PURE, builtins: true, not: [TENSORS, ...ASSEMBLING_PACKAGES] },
  { files: 'src/image/', own: PURE, builtins: false, not: ['sharp', TENSORS, ...ASSEMBLING_PACKAGES] },
  {
    files: 'src/quality/',
    own: [...PURE, 'src/onnx/', 'src/quality/'],
    notOwn: ['src/image/files/'],
    builtins: false,
    not: ['sharp', TENSORS, ...ASSEMBLING_PACKAGES],
  },
  { files: 'src/model/', own: ['src/base/', 'src/model/'], ...NO_IMAGE_FILES },
  {
    // Of the models it takes the checksum that names a weights file.
    files: 'src/fid/',
    own: [...PURE, 'src/onnx/', 'src/fid/', 'src/model/weights/model-id.ts'],
    notOwn: ['src/image/files/'],
    ...NO_IMAGE_FILES,
  },
  {
    files: 'src/codec/',
    own: ['src/base/', 'src/codec/'],
    ownTypes: ['src/model/'],
    builtins: false,
    not: ['sharp', TENSORS, ...ASSEMBLING_PACKAGES],
  },
  {
    files: 'src/coding/',
    own: [...PURE, 'src/codec/', 'src/coding/'],
    ownTypes: ['src/model/'],
    notOwn: ['src/image/files/'],
    builtins: false,
    not: ['sharp', TENSORS, ...ASSEMBLING_PACKAGES],
  },
  {
    // Uses the codec's whitening basis and calibrated variances, and no other part of the codec.
    files: 'src/analysis/',
    own: [
      ...PURE,
      'src/analysis/',
      'src/model/',
      'src/codec/calibration/band-variance.ts',
      'src/codec/math/whitening.ts',
    ],
    notOwn: ['src/image/files/'],
    builtins: false,
    not: ['sharp', TENSORS, ...ASSEMBLING_PACKAGES],
  },
  {
    files: 'src/training/',
    own: [...PURE, 'src/analysis/', 'src/model/', 'src/training/'],
    builtins: true,
    not: ['sharp', TENSORS, ...ASSEMBLING_PACKAGES],
  },
  {
    files: 'src/hub/',
    own: ['src/base/', 'src/storage/', 'src/hub/'],
    builtins: true,
    not: ['sharp', TENSORS, ...ASSEMBLING_PACKAGES],
  },
  {
    files: 'src/node/',
    own: [...CODING, 'src/hub/', 'src/node/'],
    builtins: true,
    not: ['sharp', TENSORS, ...ASSEMBLING_PACKAGES],
  },
  {
    files: 'src/browser/',
    own: [...CODING, 'src/browser/'],
    notOwn: ['src/image/files/'],
    builtins: false,
    not: ['sharp', TENSORS, ...ASSEMBLING_PACKAGES],
  },
  {
    files: 'src/element/',
    own: [...PURE, 'src/codec/', 'src/coding/', 'src/browser/', 'src/element/'],
    notOwn: ['src/image/files/'],
    builtins: false,
    not: ['sharp', TENSORS, ...ASSEMBLING_PACKAGES],
  },
  {
    files: 'src/api/',
    own: [...API, 'src/training/'],
    builtins: true,
    not: ['sharp', TENSORS, ...ASSEMBLING_PACKAGES],
  },
  {
    files: 'src/server/',
    own: [...API, 'src/server/'],
    builtins: true,
    not: ['sharp', TENSORS, ...ASSEMBLING_PACKAGES],
  },
  {
    files: 'src/storage/',
    own: ['src/base/', 'src/storage/'],
    builtins: true,
    not: ['sharp', TENSORS, ...ASSEMBLING_PACKAGES],
  },
  {
    files: 'src/batch/',
    own: ['src/base/', 'src/storage/', 'src/batch/'],
    builtins: true,
    not: ['sharp', TENSORS, ...ASSEMBLING_PACKAGES],
  },
  {
    files: 'src/queue/',
    own: ['src/base/', 'src/storage/', 'src/batch/', 'src/queue/'],
    builtins: true,
    not: ['sharp', TENSORS, ...ASSEMBLING_PACKAGES],
  },
  {
    files: 'src/metrics/',
    own: ['src/base/', 'src/storage/', 'src/batch/', 'src/metrics/'],
    builtins: true,
    not: ['sharp', TENSORS, ...ASSEMBLING_PACKAGES],
  },
  {
    files: 'src/benchmark/codecs/',
    own: [...API, 'src/storage/', 'src/benchmark/'],
    builtins: true,
    not: [TENSORS, ...ASSEMBLING_PACKAGES],
  },
  {
    files: 'src/benchmark/',
    own: [...API, 'src/quality/', 'src/storage/', 'src/batch/', 'src/benchmark/'],
    builtins: true,
    not: ['sharp', TENSORS, ...ASSEMBLING_PACKAGES],
  },
  {
    files: 'src/cli/',
    own: ['src/'],
    notOwn: ['src/browser/', 'src/element/', 'src/entry/'],
    builtins: true,
    not: ['sharp', TENSORS],
  },
  {
    files: 'src/entry/',
    own: ['src/'],
    notOwn: ['src/cli/', 'src/entry/'],
    builtins: false,
    not: ['sharp', TENSORS, ...ASSEMBLING_PACKAGES],
  },
  { files: 'bin/', own: ['dist/cli/main.js'], builtins: true, not: ['sharp'] },
  { files: 'bench/', own: ['bench/', 'test/browser/support/'], builtins: true, not: [] },
  { files: 'examples/', own: ['examples/'], builtins: true, not: [] },
  { files: 'app/src/lab/', own: ['app/src/lab/'], ...NO_IMAGE_FILES },
  { files: 'app/src/state/', own: ['app/src/'], notOwn: ['app/src/view/'], ...NO_IMAGE_FILES },
  { files: 'app/src/', own: ['app/src/'], ...NO_IMAGE_FILES },
  { files: 'app/', own: ['app/'], builtins: true, not: [TENSORS, ...ASSEMBLING_PACKAGES] },
];

const files = ['src', 'bin', 'bench', 'examples', 'app'].flatMap((folder) => sourceFiles(join(root, folder)));
let importCount = 0;
const violations = [];
/** The files of this package that each file imports, by path. */
const graph = new Map();
for (const file of files) {
  const path = relative(root, file).split(sep).join('/');
  const rule = rules.find((candidate) => path.startsWith(candidate.files));
  if (!rule) violations.push(`${path}: no rule for this file; add one to scripts/check-imports.js`);
  for (const found of importsOf(readFileSync(file, 'utf8'))) {
    importCount++;
    if (found.specifier.startsWith('.')) {
      graph.set(path, [...(graph.get(path) ?? []), posix.join(dirname(path), found.specifier)]);
    }
    const why = rule && forbidden(path, found, rule);
    if (why) violations.push(`${path}:${found.line}: imports '${found.specifier}': ${why}`);
  }
}
violations.push(...circles(), ...sharedNames());
for (const violation of violations) console.error(violation);
console.log(
  `check-imports: ${files.length} files, ${importCount} imports, ${rules.length} rules, ${violations.length} violations`,
);
if (files.length === 0) console.error('check-imports: no files found');
process.exitCode = violations.length > 0 || files.length === 0 ? 1 : 0;

/** The reason why an import is not allowed; undefined if it is allowed. */
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
  if ((rule.notOwn ?? []).some(isAllowed)) return `${rule.files} may not import ${target}`;
  if (rule.own.some(isAllowed)) return undefined;
  if (!(rule.ownTypes ?? []).some(isAllowed))
    return `${rule.files} may import ${rule.own.join(', ') || 'nothing of ours'}`;
  return isType ? undefined : 'only `import type` is allowed across this boundary';
}

/** A message for each circle of files that import each other. */
function circles() {
  const found = [];
  const ended = new Set();
  const walk = (file, trail) => {
    if (ended.has(file)) return;
    const at = trail.indexOf(file);
    if (at >= 0) {
      found.push(`${[...trail.slice(at), file].join(' -> ')}: files import each other in a circle`);
      return;
    }
    for (const target of graph.get(file) ?? []) walk(target, [...trail, file]);
    ended.add(file);
  };
  for (const file of graph.keys()) walk(file, []);
  return found;
}

/**
 * A message for each name that several files in src/ share. Names must be unique so that they identify a file without
 * its folder.
 */
function sharedNames() {
  const paths = new Map();
  for (const file of files) {
    const path = relative(root, file).split(sep).join('/');
    const name = posix.basename(path);
    if (path.startsWith('src/')) paths.set(name, [...(paths.get(name) ?? []), path]);
  }
  return [...paths.values()].filter((list) => list.length > 1).map((list) => `${list.join(', ')}: files of one name`);
}

/** All imports and re-exports in a source text, with their line numbers. */
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

/** Replaces comments by spaces; keeps strings and line breaks. */
function withoutComments(text) {
  const token = /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
  return text.replace(token, (whole, string) => string ?? whole.replace(/[^\n]/g, ' '));
}

function sourceFiles(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.[cm]?[jt]sx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes(`${sep}node_modules${sep}`));
}
