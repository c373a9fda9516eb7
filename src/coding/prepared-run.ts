/** Work on a picture in two parts: what needs no model, and the rest. */
import type { OpenEngine } from './engine.ts';

/** A picture that is read and checked, so that its size is known, but not yet worked on. */
export interface PreparedRun<T> {
  /** Its pixels: what a pool of threads counts by (src/node/threads/admission.ts). */
  readonly pixels: number;
  /** Does the work. */
  run(openEngine: OpenEngine): Promise<T>;
}
