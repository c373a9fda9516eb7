/** The loss log: JSON Lines, an object a line. */
import { appendFileSync } from 'node:fs';
import { readIfThere, replaceFile } from './run-files.ts';

/** A line of the loss log; means are over the steps since the line before. */
export interface LogEntry {
  /** Steps done. */
  readonly step: number;
  /** Mean loss of the steps since the last line; null, as the next two, before the first step. */
  readonly loss: number | null;
  /** Norm of the gradient before clipping, mean of the same steps. */
  readonly gradientNorm: number | null;
  /** Learning rate of the last step. */
  readonly learningRate: number;
  /** Examples a second, of the same steps. */
  readonly imagesPerSecond: number | null;
  /** Seconds of training, all runs together, validation and checkpoints included. */
  readonly seconds: number;
  /** Ideal bits a dimension of the averaged weights on held-out images, where they were measured. */
  readonly validationBitsPerDim?: number;
}

/** Adds a line. */
export function appendLog(path: string, entry: LogEntry): void {
  appendFileSync(path, `${JSON.stringify(entry)}\n`);
}

/** Takes out what was logged after a step, and a last line that was cut: a resumed training writes these again. */
export function trimLog(path: string, step: number): void {
  const bytes = readIfThere(path);
  if (bytes === undefined) return;
  const lines = new TextDecoder().decode(bytes).split('\n');
  const kept = lines.filter((line) => line !== '' && stepOf(line) <= step);
  replaceFile(path, kept.map((line) => `${line}\n`).join(''));
}

function stepOf(line: string): number {
  try {
    return (JSON.parse(line) as LogEntry).step;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
