/** `rows.csv`: a line for each rate point, added as they are measured. */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { DdpmError } from '../../base/errors.ts';
import type { Row } from '../bench-types.ts';

/** How the text of a column becomes a value. */
type Kind = 'text' | 'number' | 'number or empty';

/** The columns, in their order. */
const COLUMNS: { readonly [column in keyof Row]: Kind } = {
  image: 'text',
  width: 'number',
  height: 'number',
  channels: 'number',
  pixels: 'text',
  codec: 'text',
  setting: 'text',
  kind: 'text',
  layer: 'number or empty',
  level: 'number or empty',
  sigma: 'number or empty',
  bytes: 'number',
  fixedBytes: 'number',
  bpp: 'number',
  bitsPerDim: 'number',
  mse: 'number',
  rmse: 'number',
  psnr: 'number',
  ssim: 'number or empty',
  msSsim: 'number or empty',
  encodeSeconds: 'number',
  decodeSeconds: 'number or empty',
  peakRssBytes: 'number',
  version: 'text',
};
const NAMES = Object.keys(COLUMNS) as (keyof Row)[];
const HEADER = NAMES.join(',');

function cell(value: string | number | null): string {
  if (value === null) return '';
  if (value === Number.POSITIVE_INFINITY) return 'inf';
  const text = String(value).replaceAll(/[\r\n]+/g, ' '); // a row is a line
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A line of the file, without its end (RFC 4180; an infinite PSNR is `inf`). */
export function csvLine(row: Row): string {
  return NAMES.map((name) => cell(row[name])).join(',');
}

/** Cells of a line. */
function cells(line: string): string[] {
  const found = [''];
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const character = line[i];
    if (character === '"') {
      // Within quotes two of them are one.
      if (quoted && line[i + 1] === '"') found[found.length - 1] += line[i++];
      else quoted = !quoted;
    } else if (character === ',' && !quoted) found.push('');
    else found[found.length - 1] += character;
  }
  return found;
}

/** The row of a line; undefined if it is none. */
function parseLine(line: string): Row | undefined {
  const texts = cells(line);
  if (texts.length !== NAMES.length) return undefined;
  const values = NAMES.map((name, i) => {
    const text = texts[i];
    if (COLUMNS[name] === 'text') return text;
    if (text === '') return COLUMNS[name] === 'number' ? Number.NaN : null;
    return text === 'inf' ? Number.POSITIVE_INFINITY : Number(text);
  });
  if (values.some((value) => Number.isNaN(value))) return undefined;
  return Object.fromEntries(NAMES.map((name, i) => [name, values[i]])) as unknown as Row;
}

/** What a row is a measurement of; a second one of the same replaces it. */
export function rowKey({ image, pixels, codec, setting, version }: Omit<Row, 'bytes'>): string {
  return [image, pixels, codec, setting, version].join('\n');
}

/** The file of rows: those there are, and more. */
export class RowFile {
  readonly #path: string;
  readonly #rows = new Map<string, Row>();

  /**
   * Reads the rows that are there. A last line without its end, left by a run that was killed, is dropped.
   *
   * @param fresh - forget what is there
   * @throws DdpmError `ERR_DDPM_INPUT` if the file has other columns
   */
  constructor(path: string, fresh: boolean) {
    this.#path = path;
    if (fresh || !existsSync(path)) {
      writeFileSync(path, `${HEADER}\n`);
      return;
    }
    const text = readFileSync(path, 'utf8');
    const lines = text.split('\n');
    if (lines[0] !== HEADER) {
      throw new DdpmError(
        'ERR_DDPM_INPUT',
        `${path}: not the columns of this version. Remove it, or start anew (--fresh)`,
      );
    }
    if (lines.pop() !== '') writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
    for (const line of lines.slice(1)) {
      const row = parseLine(line);
      if (row) this.#rows.set(rowKey(row), row);
    }
  }

  /** All rows, the latest of each key. */
  get rows(): Row[] {
    return [...this.#rows.values()];
  }

  /** Adds a row to the file, as one write of a whole line. */
  add(row: Row): void {
    appendFileSync(this.#path, `${csvLine(row)}\n`);
    this.#rows.set(rowKey(row), row);
  }
}
