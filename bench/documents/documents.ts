/** All documents with figures: fills them in, and finds what does not fit. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { DEFAULT_MODEL } from '../default-model.ts';
import type { Figure, Figures } from './figure.ts';
import { fillIn } from './marks.ts';
import { readMeasurement } from './measurement.ts';
import type { FigureSource } from './source.ts';

/** Documents, by path from the root folder: those of the root, of docs/ and of models/, without generated pages. */
export function documentPaths(): string[] {
  const inFolder = (folder: string): string[] =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
      .filter((path) => path.endsWith('.md') && !path.startsWith('docs/api/'));
  const root = readdirSync('.').filter((name) => name.endsWith('.md') && name !== 'CHANGELOG.md');
  return [...root, ...inFolder('docs'), ...inFolder('models')].sort();
}

/** Reads all measurements; returns their figures, and the measurements that are missing or of another model. */
export function loadFigures(sources: readonly FigureSource[]): { figures: Figures; problems: string[] } {
  const figures = new Map<string, Figure>();
  const problems: string[] = [];
  for (const { name, figures: figuresOf } of sources) {
    const measurement = readMeasurement(name);
    if (measurement === undefined) {
      problems.push(`there is no measurement ${name}`);
      continue;
    }
    if (measurement.model !== DEFAULT_MODEL.id)
      problems.push(`measurement ${name} is of model ${measurement.model}: ${measurement.command}`);
    for (const [key, figure] of Object.entries(figuresOf(measurement))) figures.set(`${name}.${key}`, figure);
  }
  return { figures, problems };
}

/** What came of filling in the documents. */
export interface Outcome {
  /** Documents whose text differs from the figures. */
  readonly changed: readonly string[];
  /** Everything that does not fit: missing figures, other models, sentences that no longer hold. */
  readonly problems: readonly string[];
  /** Number of figures shown. */
  readonly shown: number;
  /** Figures that no document shows. */
  readonly unused: readonly string[];
}

/**
 * Fills the figures into all documents.
 *
 * @param write - whether to write the documents, or only to compare
 */
export function fillDocuments(sources: readonly FigureSource[], write: boolean): Outcome {
  const { figures, problems } = loadFigures(sources);
  const changed: string[] = [];
  const used: string[] = [];
  for (const path of documentPaths()) {
    const before = readFileSync(path, 'utf8');
    const { page, names, problems: found } = fillIn(before, figures);
    used.push(...names);
    problems.push(...found.map((problem) => `${path}: ${problem}`));
    if (page === before) continue;
    changed.push(path);
    if (write) writeFileSync(path, page);
  }
  const unused = [...figures.keys()].filter((name) => !used.includes(name));
  return { changed, problems, shown: used.length, unused };
}
