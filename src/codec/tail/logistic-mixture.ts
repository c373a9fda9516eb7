/** Mixtures of logistic distributions over the 256 grey levels of a sample. docs/format.md, "Tail experts". */
import { fall } from './logistic.ts';

/** Number of grey levels of a sample. */
export const GREY_LEVELS = 256;
/** Weight of a uniform distribution over all grey levels, so that every grey level has a probability above 0. */
const UNIFORM = 2 ** -14;
/** Least scale of a component, in grey levels. */
const LEAST_SCALE = 0.03;

/** The distribution of one sample. Edge e lies between grey levels e - 1 and e. */
export class Mixture {
  readonly #count: number;
  readonly #weights: Float64Array;
  readonly #means: Float64Array;
  readonly #inverseScales: Float64Array;

  /** @param components - number of logistic distributions */
  constructor(components: number) {
    this.#count = components;
    this.#weights = new Float64Array(components);
    this.#means = new Float64Array(components);
    this.#inverseScales = new Float64Array(components);
  }

  /** Sets a component: its weight, and its mean and scale in grey levels. */
  set(component: number, weight: number, mean: number, scale: number): void {
    this.#weights[component] = weight * (1 - UNIFORM);
    this.#means[component] = mean;
    this.#inverseScales[component] = 1 / Math.max(scale, LEAST_SCALE);
  }

  /** Probability of the grey levels below an edge, 1..255. Accurate also where it is tiny. */
  below(edge: number): number {
    let sum = (UNIFORM / GREY_LEVELS) * edge;
    for (let k = 0; k < this.#count; k++) {
      const z = (this.#means[k] - (edge - 0.5)) * this.#inverseScales[k];
      sum += this.#weights[k] * (z >= 0 ? fall(z) : 1 - fall(-z));
    }
    return sum;
  }

  /** Probability of the grey levels from an edge, 1..255, upwards. Accurate also where it is tiny. */
  above(edge: number): number {
    let sum = (UNIFORM / GREY_LEVELS) * (GREY_LEVELS - edge);
    for (let k = 0; k < this.#count; k++) {
      const z = (edge - 0.5 - this.#means[k]) * this.#inverseScales[k];
      sum += this.#weights[k] * (z >= 0 ? fall(z) : 1 - fall(-z));
    }
    return sum;
  }
}
