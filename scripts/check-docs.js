// Fails if a symbol that a public entry exports has no doc comment, or a very short one, at its declaration.
import { readdirSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const MINIMUM_LENGTH = 20;
const root = fileURLToPath(new URL('..', import.meta.url));
const entries = readdirSync(`${root}src/entry`).map((name) => `${root}src/entry/${name}`);

const configPath = `${root}tsconfig.json`;
const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(configPath, ts.sys.readFile).config, ts.sys, root);
const program = ts.createProgram(entries, options);
const checker = program.getTypeChecker();

const problems = [];
let symbolCount = 0;
for (const entry of entries) {
  const source = program.getSourceFile(entry);
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) {
    problems.push(`${relative(root, entry)}: missing, or exports nothing`);
    continue;
  }
  for (const exported of checker.getExportsOfModule(module)) {
    symbolCount++;
    const problem = problemOf(exported);
    if (problem) problems.push(`${relative(root, entry)}: ${exported.name}: ${problem}`);
  }
}
for (const problem of problems) console.error(problem);
console.log(`check-docs: ${entries.length} entries, ${symbolCount} exported symbols, ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;

/** Describes what is wrong with the documentation of a symbol; undefined if nothing is. */
function problemOf(exported) {
  const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
  const declaration = symbol.declarations?.[0];
  if (!declaration) return 'its declaration is not found';
  const text = ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim();
  if (text.length >= MINIMUM_LENGTH) return undefined;
  const file = declaration.getSourceFile();
  const line = file.getLineAndCharacterOfPosition(declaration.getStart()).line + 1;
  const what = text ? `a doc comment of only ${text.length} characters` : 'no doc comment';
  return `${what} at ${relative(root, file.fileName)}:${line}; write what it does, units, range and errors`;
}
