/**
 * Measurements as they are kept: docs/figures/data/NAME.json, from which the figures in documents are written. A program
 * of bench/ writes its own with {@link writeMeasurement}.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type Machine, thisMachine } from '#dist/node/machine.js';
import { DEFAULT_MODEL, type ModelName } from '../default-model.ts';

/** Folder of the measurements. */
export const DATA_FOLDER = 'docs/figures/data';

/** A measurement: what a program has found, and where. */
export interface Measurement<T> {
  /** Command that makes it again. */
  readonly command: string;
  /** The default model when it was made. */
  readonly model: ModelName;
  readonly machine: Machine;
  /** ISO 8601, to the day. */
  readonly date: string;
  readonly result: T;
}

/**
 * Writes a measurement.
 *
 * @param path - file to write
 * @param command - command that makes it again, without the option that names the file
 */
export function writeMeasurement<T>(path: string, command: string, result: T): void {
  const { name, id } = DEFAULT_MODEL;
  const about = { model: { name, id }, machine: thisMachine(1), date: new Date().toISOString().slice(0, 10) };
  writeFileSync(path, `${JSON.stringify({ command, ...about, result }, null, 1)}\n`);
}

/** Reads the measurement of a name; undefined if there is none. */
export function readMeasurement<T>(name: string, folder: string = DATA_FOLDER): Measurement<T> | undefined {
  const path = `${folder}/${name}.json`;
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Measurement<T>) : undefined;
}
