/** Splits encoding and decoding of a picture into two parts: one that needs no model, and the rest. */
import type { OpenEngine } from './engine.ts';

/** The second part: the picture is read and checked, so its size is known; the model has not been used yet. */
export interface PreparedRun<T> {
  /** Number of pixels, by which src/node/threads/admission.ts limits the pictures at work. */
  readonly pixels: number;
  /** Runs the second part with an engine. */
  run(openEngine: OpenEngine): Promise<T>;
}
