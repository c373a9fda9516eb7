/** A table as data and as Markdown, and how numbers are written in it. */

/** A table. The first column contains text, the others numbers. */
export interface Table {
  readonly title: string;
  /** Explanation for the reader. */
  readonly note: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Shown where there is no number. */
export const NONE = '–';

/** Formats a number with a fixed number of decimals (U+2212 for minus). */
export function fixed(value: number | null | undefined, digits: number): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  return value.toFixed(digits).replace('-', '−');
}

/** Formats a difference with its sign (U+2212 for minus). */
export function signed(value: number | null | undefined, digits: number, unit = ''): string {
  if (value === null || value === undefined) return NONE;
  const text = Math.abs(value).toFixed(digits);
  const sign = Number(text) === 0 ? '' : value < 0 ? '−' : '+';
  return `${sign}${text}${unit}`;
}

/** Formats a number with three significant digits, without an exponent. */
export function brief(value: number | null): string {
  if (value === null) return NONE;
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

/** The tables that have rows. */
export function withRows(tables: readonly Table[]): Table[] {
  return tables.filter(({ rows }) => rows.length > 0);
}

/** Formats a table as Markdown. */
export function toMarkdown({ title, note, head, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [`**${title}.** ${note}`, '', line(head), line(head.map(() => '---')), ...rows.map(line), ''].join('\n');
}
