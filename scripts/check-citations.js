// Fails if the code (comments and strings) or the documents cite a document or a section that does not exist. Needs
// only Node. Checks:
//
//   docs/x.md, README.md                         the file exists; in a document, the path may be relative to that document
//   [text](x.md#anchor), docs/x.md#anchor        the file (or folder) and the anchor exist
//   docs/x.md, "Title" and "Title"               the headings exist; titles are given without their numbers
//   docs/x.md, section 3; sections 3 and 4; sections 3 to 5; appendix A
//                                                the sections with these numbers exist
//   section 3                                    in a document whose headings have numbers: its own section exists
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const FOLDERS = ['assembly', 'bench', 'bin', 'configs', 'docs', 'examples', 'models', 'scripts', 'src', 'test'];
const TEXTS = /\.(?:[cm]?[jt]s|html|md|py)$/;
/** Files that contain examples of wrong citations, or name documents of a project that they make up. */
const EXEMPT = [
  'scripts/check-citations.js',
  'test/scripts/adopt-model.test.ts',
  'test/scripts/check-citations.test.ts',
];
/** Documents in the root folder, which are cited without a folder. */
const ROOT_DOCUMENT = /^(?:CHANGELOG|CODE_OF_CONDUCT|CONTRIBUTING|README|SECURITY)\.md$/;

/** A path of a document that is not part of a longer path or of an address. */
const DOCUMENT = /(?<![\w./:$}-])(?:\.{1,2}\/)*(?:[\w-][\w.-]*\/)*[\w-][\w.-]*\.md\b/g;
const LINK = /!?\[[^\]]*\]\(([^)\s]*)\)/g;
const TITLES = /^,\s+(?:section\s+)?("[^"]+"(?:(?:,|,?\s+and|,?\s+or|\s+to)\s+"[^"]+")*)/;
const NUMBER = String.raw`(?:\d+(?:\.\d+)*|[A-Z])\b`;
const NUMBERED = String.raw`(?:[Ss]ections?|[Aa]ppendix)\s+(${NUMBER}(?:(?:,|,?\s+and|,?\s+or|\s+to)\s+${NUMBER})*)`;
const SECTIONS = new RegExp(String.raw`^,\s+${NUMBERED}`);
const OWN_SECTIONS = new RegExp(String.raw`\b${NUMBERED}`, 'g');

const problems = [];
let citationCount = 0;
const documents = new Map();
const files = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...FOLDERS.flatMap((folder) => textFiles(join(root, folder))),
].filter((path) => !EXEMPT.includes(path));
for (const path of files) checkFile(path, readFileSync(join(root, path), 'utf8'));
for (const problem of problems) console.error(problem);
console.log(`check-citations: ${files.length} files, ${citationCount} citations, ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;

function checkFile(path, source) {
  const isDocument = path.endsWith('.md');
  const text = isDocument ? source : withoutCommentMarks(source);
  const complain = (at, what) => problems.push(`${path}:${text.slice(0, at).split('\n').length}: ${what}`);
  /** Positions of citations of other documents. Section numbers in these do not refer to this document. */
  const cited = [];
  const cite = (target, at, end, anchor) => {
    citationCount++;
    if (anchor && !headingsOf(target).some(({ slug }) => slug === anchor)) {
      complain(at, `${target} has no heading with the anchor #${anchor}`);
    }
    const { length, missing } = sectionsAfter(text.slice(end), target);
    for (const section of missing) complain(at, `${target} has no ${section}`);
    cited.push([at, end + length]);
  };
  const links = isDocument ? linksOf(text) : [];
  for (const { target, at, end } of links) {
    const [name, anchor] = target.split('#');
    const found = name === '' ? path : posix.join(posix.dirname(path), decodeURIComponent(name));
    if (!existsSync(join(root, found))) complain(at, `the link ${target} leads nowhere`);
    else if (found.endsWith('.md')) cite(found, at, end, anchor);
    else citationCount++;
  }
  const inLink = (at) => links.some((link) => at >= link.at && at < link.end);
  for (const match of text.matchAll(DOCUMENT)) {
    const at = match.index;
    const end = at + match[0].length;
    if (inLink(at)) continue;
    const anchor = text.slice(end).match(/^#([\w-]+)/)?.[1];
    const after = end + (anchor ? anchor.length + 1 : 0) + (text.slice(end).match(/^`/) ? 1 : 0);
    const target = documentOf(match[0], path, isDocument);
    if (target === undefined) continue;
    if (existsSync(join(root, target))) cite(target, at, after, anchor);
    else complain(at, `${match[0]} does not exist`);
  }
  if (!isDocument || !headingsOf(path).some(({ number }) => number)) return;
  for (const match of text.matchAll(OWN_SECTIONS)) {
    if (cited.some(([from, to]) => match.index >= from && match.index < to)) continue;
    // Section numbers with a dot belong to papers: (Ho et al. 2020, section 4.3).
    const numbers = numbersIn(match[1]).filter((number) => !number.includes('.'));
    citationCount += numbers.length;
    for (const section of missingNumbers(numbers, path)) complain(match.index, `this document has no ${section}`);
  }
}

/** The path from the root folder of a cited document; undefined if it is not a document of this project. */
function documentOf(name, path, isDocument) {
  const here = posix.join(posix.dirname(path), name);
  if (name.includes('/')) {
    if (name.startsWith('.')) return here;
    // In a document, a path relative to it takes precedence: design/x.md in docs/.
    return isDocument && existsSync(join(root, here)) ? here : name;
  }
  if (isDocument && existsSync(join(root, here))) return here;
  return ROOT_DOCUMENT.test(name) ? name : undefined;
}

/**
 * The list of sections that directly follows a citation: its length in characters, and the sections that do not exist.
 */
function sectionsAfter(text, target) {
  const titles = text.match(TITLES);
  if (titles) {
    const headings = headingsOf(target);
    const names = [...titles[1].matchAll(/"([^"]+)"/g)].map(([, name]) => name.replace(/\s+/g, ' '));
    const missing = names.filter((name) => !headings.some(({ title }) => title === name));
    return { length: titles[0].length, missing: missing.map((name) => `section "${name}"`) };
  }
  const sections = text.match(SECTIONS);
  if (!sections) return { length: 0, missing: [] };
  return { length: sections[0].length, missing: missingNumbers(numbersIn(sections[1]), target) };
}

/** The numbers in a list like `3, 4 and 6` or `3 to 5`, including those between. */
function numbersIn(list) {
  const range = list.match(/^(\d+)\s+to\s+(\d+)$/);
  if (!range) return list.split(/,?\s+(?:and|or|to)\s+|,\s+/);
  const [from, to] = [Number(range[1]), Number(range[2])];
  return Array.from({ length: Math.max(to - from + 1, 0) }, (_, i) => String(from + i));
}

function missingNumbers(numbers, target) {
  const headings = headingsOf(target);
  return numbers.filter((wanted) => !headings.some(({ number }) => number === wanted)).map((n) => `section ${n}`);
}

/**
 * Headings of a document: number (or letter of an appendix), title without it, and the anchor that GitHub generates.
 */
function headingsOf(path) {
  let headings = documents.get(path);
  if (headings) return headings;
  headings = [];
  const seen = new Map();
  const text = withoutFences(readFileSync(join(root, path), 'utf8'));
  for (const [, heading] of text.matchAll(/^#{1,6}[ \t]+(.+?)[ \t]*#*$/gm)) {
    const plain = heading.replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]/g, '');
    const [, number, title] = plain.match(/^(?:Appendix\s+)?(?:(\d+(?:\.\d+)*|[A-Z])\.\s+)?(.+)$/);
    const base = plain
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-');
    const count = seen.get(base) ?? 0;
    seen.set(base, count + 1);
    headings.push({ number, title, slug: count ? `${base}-${count}` : base });
  }
  documents.set(path, headings);
  return headings;
}

/** Links of a document to files, without links to addresses and links in code blocks. */
function linksOf(text) {
  return [...withoutFences(text).matchAll(LINK)]
    .map((match) => ({ target: match[1], at: match.index, end: match.index + match[0].length }))
    .filter(({ target }) => target !== '' && !/^[a-z][a-z\d+.-]*:/i.test(target));
}

/** Replaces code blocks by spaces; keeps positions. */
function withoutFences(text) {
  return text.replace(/^(```|~~~)[^\n]*\n[\s\S]*?^\1[^\n]*$/gm, (block) => block.replace(/[^\n]/g, ' '));
}

/**
 * Replaces comment marks at the start of lines by spaces, so that citations may continue on the next line; keeps
 * positions.
 */
function withoutCommentMarks(text) {
  return text.replace(/^[ \t]*(?:\/\/+|\/?\*+|#+)(?=[ \t])/gm, (mark) => ' '.repeat(mark.length));
}

function textFiles(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && TEXTS.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !path.includes('node_modules/') && !path.startsWith('docs/api/'));
}
