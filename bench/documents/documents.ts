/** All documents with figures: fills them in, and finds what does not fit. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { DEFAULT_MODEL } from '../default-model.ts';
import { type Figure, type Figures, text } from './figure.ts';
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

/** The figures of all measurements. */
export interface LoadedFigures {
  /** `SOURCE.model` is the name of the model that a measurement was made with. */
  readonly figures: Figures;
  /** Sources whose figures depend on the model's weights, and are of another model than the default: its name. */
  readonly ofOthers: ReadonlyMap<string, string>;
  /** Measurements that are missing. */
  readonly problems: readonly string[];
}

/** Reads all measurements. */
export function loadFigures(sources: readonly FigureSource[]): LoadedFigures {
  const figures = new Map<string, Figure>();
  const ofOthers = new Map<string, string>();
  const problems: string[] = [];
  for (const { name, figures: figuresOf, dependsOn } of sources) {
    const measurement = readMeasurement(name);
    if (measurement === undefined) {
      problems.push(`there is no measurement ${name}`);
      continue;
    }
    const { model } = measurement;
    if (model.id !== DEFAULT_MODEL.id && dependsOn === 'weights') ofOthers.set(name, model.name);
    figures.set(`${name}.model`, text(model.name));
    for (const [key, figure] of Object.entries(figuresOf(measurement))) figures.set(`${name}.${key}`, figure);
  }
  return { figures, ofOthers, problems };
}

/** What came of filling in the documents. */
export interface Outcome {
  /** Documents whose text differs from the figures. */
  readonly changed: readonly string[];
  /** Everything that does not fit: missing figures, figures of other models on pages that do not say so, sentences that no longer hold. */
  readonly problems: readonly string[];
  /** Number of figures shown. */
  readonly shown: number;
  /** Figures that no document shows. */
  readonly unused: readonly string[];
  /** As in {@link LoadedFigures}. */
  readonly ofOthers: ReadonlyMap<string, string>;
}

/** Other models whose figures a page shows without their name. */
export function unnamedModels(names: readonly string[], ofOthers: ReadonlyMap<string, string>): string[] {
  return [...ofOthers].flatMap(([source, model]) =>
    names.some((name) => name.startsWith(`${source}.`)) && !names.includes(`${source}.model`)
      ? [`shows figures of ${source}, measured with ${model}, and does not say so (${source}.model)`]
      : [],
  );
}

/**
 * Fills the figures into all documents. A page with figures of another model than the default one has to name it.
 *
 * @param write - whether to write the documents, or only to compare
 */
export function fillDocuments(sources: readonly FigureSource[], write: boolean): Outcome {
  const { figures, ofOthers, problems: missing } = loadFigures(sources);
  const problems = [...missing];
  const changed: string[] = [];
  const used: string[] = [];
  for (const path of documentPaths()) {
    const before = readFileSync(path, 'utf8');
    const { page, names, problems: found } = fillIn(before, figures);
    used.push(...names);
    problems.push(...[...found, ...unnamedModels(names, ofOthers)].map((problem) => `${path}: ${problem}`));
    if (page === before) continue;
    changed.push(path);
    if (write) writeFileSync(path, page);
  }
  const unused = [...figures.keys()].filter((name) => !used.includes(name));
  return { changed, problems, shown: used.length, unused, ofOthers };
}
