/** The loss log of a training, in JSON Lines: one JSON object on each line. */
import { appendFileSync } from 'node:fs';
import { readIfThere, replaceFile } from './run-files.ts';

/** A line of the loss log. Means are over the steps since the previous line; they are null if there were none. */
export interface LogEntry {
  /** Number of completed steps. */
  readonly step: number;
  /** Mean loss. */
  readonly loss: number | null;
  /** Mean norm of the gradient before clipping. */
  readonly gradientNorm: number | null;
  /** Learning rate of the last step; 0 before the first step. */
  readonly learningRate: number;
  /** Examples a second, without validation and checkpoints. */
  readonly imagesPerSecond: number | null;
  /** Duration of the training in seconds, summed over all runs, including validation and checkpoints. */
  readonly seconds: number;
  /** Ideal bits a dimension of the averaged weights on held-out images; present if they were measured at this step. */
  readonly validationBitsPerDim?: number;
}

/** Appends a line to the log. */
export function appendLog(path: string, entry: LogEntry): void {
  appendFileSync(path, `${JSON.stringify(entry)}\n`);
}

/** Removes the lines after a step, and an incomplete last line. A resumed training writes these lines again. */
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
