/** All tables of the report that are not of a single codec. */
import type { BenchResult } from './bench-result.ts';
import { costTables } from './cost-tables.ts';
import { qualityMeasure } from './quality-measures.ts';
import { measureTables, overviewTables } from './quality-tables.ts';
import { type Table, withRows } from './table.ts';

/** All tables that have rows, except those of single codecs. */
export function summaryTables(result: BenchResult): Table[] {
  const ofMeasures = result.measures.flatMap(({ measure }) => measureTables(result, qualityMeasure(measure)));
  return [...withRows(overviewTables(result)), ...ofMeasures, ...costTables(result)];
}
