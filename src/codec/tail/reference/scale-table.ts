/** Learns the scale of the error of a prediction from the errors around it. docs/format.md, "Tail scales". */
import { exp32, f32, LOG2_E, log32 } from './float32.ts';

const ENTRIES = 32;
const LN2_THIRD = f32(0.231049061);
const FIRST = -9;
/** Scale of a logistic distribution for a mean error of 1 at the start, and later. */
const START_SHARE = f32(0.6);
const SHARE = f32(0.72);
const LEAST = f32(0.02);
const LEAST_ERROR = f32(0.001);
const MOST_COUNT = 250;

/** Scales by classes of expected error, three of which double it. */
export class ScaleTable {
  readonly #scales: Float32Array = Float32Array.from(
    { length: ENTRIES },
    (_, i) => exp32(f32((i + FIRST) * LN2_THIRD)) * START_SHARE,
  );
  readonly #counts: Uint8Array = new Uint8Array(ENTRIES).fill(1);
  #entry = 0;

  /** Scale for an expected error in grey levels. */
  scale(error: number): number {
    const log2 = f32(log32(Math.max(error, LEAST_ERROR)) * LOG2_E);
    const entry = Math.floor(f32(f32(f32(log2 + 3) * 3) + 0.5));
    this.#entry = Math.min(Math.max(entry, 0), ENTRIES - 1);
    return this.#scales[this.#entry];
  }

  /** Learns the error, in grey levels, of the sample that `scale` was asked for. */
  learn(error: number): void {
    const entry = this.#entry;
    const count = this.#counts[entry];
    const before = this.#scales[entry];
    const scale = f32(before + f32(f32(f32(error * SHARE) - before) / (count + 1.5)));
    this.#scales[entry] = Math.max(scale, LEAST);
    if (count < MOST_COUNT) this.#counts[entry] = count + 1;
  }
}
