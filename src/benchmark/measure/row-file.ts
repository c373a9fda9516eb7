/** Reads and writes `rows.csv`: a line for each rate point, appended when it is measured. */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { DdpmError } from '../../base/errors.ts';
import type { Row } from '../bench-types.ts';

/** Type of the values in a column. */
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
  msSsimLuma: 'number or empty',
  ssimulacra2: 'number or empty',
  lpips: 'number or empty',
  dists: 'number or empty',
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
  const text = String(value).replaceAll(/[\r\n]+/g, ' '); // each row must be one line
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Formats a row as a line of the file, without the line break (RFC 4180; an infinite PSNR is written as `inf`). */
export function csvLine(row: Row): string {
  return NAMES.map((name) => cell(row[name])).join(',');
}

/** Splits a line into cells. */
function cells(line: string): string[] {
  const found = [''];
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const character = line[i];
    if (character === '"') {
      // Two quotes within a quoted cell stand for one quote.
      if (quoted && line[i + 1] === '"') found[found.length - 1] += line[i++];
      else quoted = !quoted;
    } else if (character === ',' && !quoted) found.push('');
    else found[found.length - 1] += character;
  }
  return found;
}

/** Parses a line; undefined if it is not a valid row. */
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

/** What a row is known by. */
export type RowIdentity = Pick<Row, 'image' | 'pixels' | 'codec' | 'setting' | 'version'>;

/** Key of a row. A later row with the same key replaces the earlier one. */
function rowKey({ image, pixels, codec, setting, version }: RowIdentity): string {
  return [image, pixels, codec, setting, version].join('\n');
}

/**
 * Reads a file of rows.
 *
 * @returns its whole rows, and whether an incomplete line follows them
 * @throws DdpmError `ERR_DDPM_INPUT` if the file has other columns
 */
function readRows(path: string): { rows: Row[]; isTorn: boolean } {
  const lines = readFileSync(path, 'utf8').split('\n');
  if (lines[0] !== HEADER) {
    throw new DdpmError(
      'ERR_DDPM_INPUT',
      `${path}: not the columns of this version. Remove it, or start anew (--fresh)`,
    );
  }
  const isTorn = lines.pop() !== '';
  return { rows: lines.slice(1).flatMap((line) => parseLine(line) ?? []), isTorn };
}

function removeLastLine(path: string): void {
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.slice(0, text.lastIndexOf('\n') + 1));
}

/** The file of rows, which grows during a benchmark. */
export class RowFile {
  readonly #path: string;
  readonly #rows = new Map<string, Row>();

  /**
   * Reads the existing rows. Removes an incomplete last line, which a killed run may leave.
   *
   * @param fresh - discard existing rows
   * @throws DdpmError `ERR_DDPM_INPUT` if the file has other columns
   */
  constructor(path: string, fresh: boolean) {
    this.#path = path;
    if (fresh || !existsSync(path)) {
      writeFileSync(path, `${HEADER}\n`);
      return;
    }
    const { rows, isTorn } = readRows(path);
    for (const row of rows) this.#rows.set(rowKey(row), row);
    if (isTorn) removeLastLine(path);
  }

  /**
   * Adds the rows of another file that are not here yet. That file may still be growing; it is not changed.
   *
   * @throws DdpmError `ERR_DDPM_INPUT` if the file has other columns
   */
  takeOver(path: string): void {
    for (const row of readRows(path).rows) if (!this.#rows.has(rowKey(row))) this.add(row);
  }

  /** All rows; only the latest for each key. */
  get rows(): Row[] {
    return [...this.#rows.values()];
  }

  /** The latest row of that identity. */
  find(identity: RowIdentity): Row | undefined {
    return this.#rows.get(rowKey(identity));
  }

  /** Appends a row to the file, in one write. */
  add(row: Row): void {
    appendFileSync(this.#path, `${csvLine(row)}\n`);
    this.#rows.set(rowKey(row), row);
  }
}
