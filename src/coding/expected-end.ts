/** Estimates, while a walk goes on, with which step a goal of size or quality will be reached. */
import { type LadderStep, OCTAVE } from '../codec/format/noise-ladder.ts';

/** What a goal measures after each layer, and how that grows. The factors are measured on photographs. */
export interface Aim {
  /** The walk ends with the layer that reaches this value. */
  readonly goal: number;
  /** Factor by which the gain of a step grows for each octave of noise that is left behind. */
  readonly octaveFactor: number;
  /** Factor by which the gain of a step grows from one pyramid level to the next finer one. */
  readonly levelFactor: number;
  /** How often the last layer will be taken again to find its end. */
  readonly retakes: number;
}

/** Octaves of noise that a step takes away. */
function octaves({ fromIndex, toIndex }: LadderStep): number {
  return (fromIndex - toIndex) / OCTAVE;
}

/** Follows the values after each layer. */
export class ExpectedEnd {
  readonly #aim: Aim;
  readonly #steps: readonly LadderStep[];
  #layers = 0;
  #value = 0;
  /** Gain of the last step for each octave. */
  #gain = 0;

  /** @param steps - the longest ladder that the walk may take */
  constructor(aim: Aim, steps: readonly LadderStep[]) {
    this.#aim = aim;
    this.#steps = steps;
  }

  /** Takes the value after `layers` layers. */
  learn(layers: number, value: number): void {
    const last = this.#steps[layers - 1];
    if (last && layers > this.#layers) this.#gain = Math.max(0, value - this.#value) / octaves(last);
    this.#layers = layers;
    this.#value = value;
  }

  /** Number of layers with which the goal will probably be reached, 1 or more, at most all. */
  get layers(): number {
    const { goal, octaveFactor, levelFactor } = this.#aim;
    let value = this.#value;
    let gain = this.#gain;
    let count = this.#layers;
    while (count < this.#steps.length && (value < goal || count === 0)) {
      const [before, step] = [this.#steps[count - 1], this.#steps[count]];
      if (before) gain *= before.level > step.level ? levelFactor : octaveFactor ** octaves(step);
      value += gain * octaves(step);
      count++;
    }
    return count;
  }
}
