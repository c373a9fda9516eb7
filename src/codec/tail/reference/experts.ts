/** The experts: distributions of a sample, each a mixture of logistic ones. docs/format.md, "Tail experts". */
import { COMPONENTS } from '../tail-network-layout.ts';
import { exp32, f32 } from './float32.ts';
import type { SamplePredictor } from './sample-predictor.ts';

/** Number of experts; the first of them have COMPONENTS components, the others one. */
export const EXPERTS = 8;
const MIXTURES = 3;
/** Scales of the experts without a table: of two that believe the expected error, and one that is wider. */
const EXPECTED_SHARE = f32(0.7);
const NARROW_SHARE = f32(0.42);
const NETWORK_SHARE = f32(0.8);
const LEAST_SCALE = f32(0.03);

/** Number of grey levels of a sample. */
export const GREY_LEVELS = 256;
/** Share of a uniform distribution over all grey levels, so that every grey level has a probability above 0. */
const UNIFORM = 2 ** -16;

/** Probabilities that the experts give to the grey levels from an edge upwards, and to those below it. */
export interface EdgeMasses {
  readonly above: Float32Array;
  readonly below: Float32Array;
}

/** Masses at edge 0, to be filled. */
export function newMasses(): EdgeMasses {
  return { above: new Float32Array(EXPERTS).fill(1), below: new Float32Array(EXPERTS) };
}

/** Components of the experts, (EXPERTS, COMPONENTS): weights, means in grey levels, reciprocals of the scales. */
export class Experts {
  readonly weights: Float32Array = new Float32Array(EXPERTS * COMPONENTS);
  readonly means: Float32Array = new Float32Array(EXPERTS * COMPONENTS);
  readonly inverses: Float32Array = new Float32Array(EXPERTS * COMPONENTS);

  /** Sets the components to what is predicted of a sample. */
  set({ mixture, network, global, local, mean, expected, globalScale, localScale }: SamplePredictor): void {
    const globalMove = f32(global - network);
    const localMove = f32(local - network);
    for (let k = 0; k < COMPONENTS; k++) {
      const inverse = inverseOf(mixture.scales[k]);
      const centre = mixture.means[k];
      this.#put(k, mixture.weights[k], centre, inverse);
      this.#put(COMPONENTS + k, mixture.weights[k], f32(centre + globalMove), inverse);
      this.#put(2 * COMPONENTS + k, mixture.weights[k], f32(centre + localMove), inverse);
    }
    this.#single(3, global, globalScale);
    this.#single(4, local, localScale);
    this.#single(5, mean, f32(EXPECTED_SHARE * expected));
    this.#single(6, mean, f32(NARROW_SHARE * expected));
    this.#single(7, network, f32(NETWORK_SHARE * expected));
  }

  /** Computes the masses at an edge, 1..255, which lies between the grey levels edge - 1 and edge. */
  masses(edge: number, { above, below }: EdgeMasses): void {
    const { weights, means, inverses } = this;
    for (let expert = 0, at = 0; expert < EXPERTS; expert++, at += COMPONENTS) {
      const components = expert < MIXTURES ? COMPONENTS : 1;
      let up = 0;
      let down = 0;
      for (let k = at; k < at + components; k++) {
        const z = f32(f32(edge - 0.5 - means[k]) * inverses[k]);
        const tail = exp32(-Math.abs(z));
        const large = f32(1 / f32(1 + tail));
        const small = f32(tail * large);
        up = f32(up + f32(weights[k] * (z >= 0 ? small : large)));
        down = f32(down + f32(weights[k] * (z >= 0 ? large : small)));
      }
      above[expert] = f32(up * (1 - UNIFORM)) + (GREY_LEVELS - edge) * (UNIFORM / GREY_LEVELS);
      below[expert] = f32(down * (1 - UNIFORM)) + edge * (UNIFORM / GREY_LEVELS);
    }
  }

  #single(expert: number, mean: number, scale: number): void {
    this.#put(expert * COMPONENTS, 1, mean, inverseOf(scale));
  }

  #put(at: number, weight: number, mean: number, inverse: number): void {
    this.weights[at] = weight;
    this.means[at] = mean;
    this.inverses[at] = inverse;
  }
}

function inverseOf(scale: number): number {
  return f32(1 / Math.max(scale, LEAST_SCALE));
}
