import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { documentPaths, fillDocuments, unnamedModels } from '../../bench/documents/documents.ts';
import { SOURCES } from '../../bench/documents/figures/sources.ts';
import { DATA_FOLDER } from '../../bench/documents/measurement.ts';

test('all documents show the figures of the measurements, and say which are of another model than the default one', () => {
  const { changed, problems, shown, unused } = fillDocuments(SOURCES, false);
  expect({ changed, problems }).toEqual({ changed: [], problems: [] });
  expect(shown).toBeGreaterThan(100);
  expect(unused.length).toBeLessThan(shown);
});

test('a page that shows figures of another model has to show its name', () => {
  const ofOthers = new Map([['kodak', 'photo-a']]);
  expect(unnamedModels(['kodak.table', 'kodak.model', 'speed.table'], ofOthers)).toEqual([]);
  expect(unnamedModels(['speed.table', 'kodak-more.table'], ofOthers)).toEqual([]);
  expect(unnamedModels(['kodak.table', 'speed.model'], ofOthers)).toEqual([
    'shows figures of kodak, measured with photo-a, and does not say so (kodak.model)',
  ]);
});

test('every measurement that is kept has a source of figures', () => {
  const kept = readdirSync(DATA_FOLDER).map((name) => name.replace('.json', ''));
  expect(kept.sort()).toEqual(SOURCES.map(({ name }) => name).sort());
});

/** A measured quantity in a text: a number with decimals and a unit. */
const QUANTITY = /\d[.,]\d+ (?:%|dB|MB|GB|bits a sample)/;
/** Pages whose every measured quantity is a figure. */
const PAGES = ['README.md', 'docs/figures.md', 'docs/lossless.md', 'docs/placeholders.md', 'models/README.md'];

test.each(PAGES)('%s has no measured quantity that no program writes', (path) => {
  expect(documentPaths()).toContain(path);
  const text = readFileSync(path, 'utf8').replace(/<!--= [\s\S]*?<!--\/-->/g, '');
  expect(text.split('\n').filter((line) => QUANTITY.test(line))).toEqual([]);
});
