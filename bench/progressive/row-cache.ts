/** Measured points, kept in a file of rows (rows.csv) from run to run. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Row } from 'ddpm-codec/bench';
import type { Coded } from '#dist/benchmark/codecs/bench-codec.js';
import { rowOf, type Subject } from '#dist/benchmark/measure/measure-row.js';
import { RowFile } from '#dist/benchmark/measure/row-file.js';

/** The rows of a folder. A row is known by picture, pixels, codec, setting and version. */
export class RowCache {
  readonly #file: RowFile;

  /**
   * @param folder - of the file rows.csv; created if it does not exist
   * @param fresh - discard what is there
   */
  constructor(folder: string, fresh: boolean) {
    mkdirSync(folder, { recursive: true });
    this.#file = new RowFile(join(folder, 'rows.csv'), fresh);
  }

  /** The row of a setting; if there is none, that of what `measure` finds, and undefined if it finds nothing. */
  async get(
    subject: Subject,
    setting: string,
    measure: () => Promise<Omit<Coded, 'setting'> | undefined>,
  ): Promise<Row | undefined> {
    const { name, pixels, codec, version } = subject;
    const known = this.#file.find({ image: name, pixels, codec: codec.name, setting, version });
    if (known) return known;
    const coded = await measure();
    if (!coded) return undefined;
    const row = rowOf(subject, { ...coded, setting });
    this.#file.add(row);
    return row;
  }
}
