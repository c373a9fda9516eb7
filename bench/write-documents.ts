/**
 * Writes the figures of all measurements (docs/figures/data) into the marked places of the documents
 * (bench/documents/marks.ts).
 *
 *   npm run figures [-- --check] [-- --list]
 *
 * --check writes nothing. --list prints the names and texts of all figures. Exits with 1 if a figure is missing, a measurement is of
 * another model and the page does not say so, the sentence around a figure no longer holds, or, with --check, a document is not up to date.
 */
import { parseArgs } from 'node:util';
import { fillDocuments, loadFigures } from './documents/documents.ts';
import { SOURCES } from './documents/figures/sources.ts';

const { values } = parseArgs({
  options: { check: { type: 'boolean', default: false }, list: { type: 'boolean', default: false } },
});
if (values.list) {
  for (const [name, { text }] of loadFigures(SOURCES).figures) console.log(`${name}: ${text}`);
} else {
  const { changed, problems, shown, unused, ofOthers } = fillDocuments(SOURCES, !values.check);
  for (const path of changed) console.log(`${path}: ${values.check ? 'not up to date' : 'written'}`);
  for (const problem of problems) console.error(problem);
  for (const [source, model] of ofOthers) console.log(`${source} is of ${model}`);
  console.log(`${shown} figures shown, ${unused.length} others (--list), ${problems.length} problems`);
  process.exitCode = problems.length > 0 || (values.check && changed.length > 0) ? 1 : 0;
}
