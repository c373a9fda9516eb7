/**
 * Codes a sample as binary decisions: on which side of the expected grey level it lies, how far away (in steps that
 * double), then bisection of the interval that is left. docs/format.md, "Tail decisions".
 */
import { GREY_LEVELS } from './logistic-mixture.ts';
import type { SampleModel } from './sample-model.ts';

/** Codes one decision. An encoder writes the bit, a decoder reads it; both return it. */
export interface DecisionCoder {
  /**
   * @param probability - that the sample is at or above `edge`, in 1/65536
   * @param edge - grey level that the sample is compared with, 1..255
   * @returns 1 if the sample is at or above `edge`
   */
  decide(probability: number, edge: number): number;
}

/** Codes the sample that `model.begin` was called for; returns its grey level. */
export function codeSample(model: SampleModel, coder: DecisionCoder): number {
  const { middle, step } = model;
  const upwards = coder.decide(model.firstProbability(), middle);
  model.learnFirst(upwards);
  let low = upwards ? middle : 0;
  let high = upwards ? GREY_LEVELS : middle;
  for (let width = step; high - low > width; width *= 2) {
    const edge = upwards ? low + width : high - width;
    const bit = decide(model, coder, edge, upwards);
    if (bit) low = edge;
    else high = edge;
    if (bit !== upwards) break;
  }
  while (high - low > 1) {
    const edge = (low + high) >> 1;
    if (decide(model, coder, edge, upwards)) low = edge;
    else high = edge;
  }
  return low;
}

function decide(model: SampleModel, coder: DecisionCoder, edge: number, upwards: number): number {
  const bit = coder.decide(model.probability(edge, upwards === 1), edge);
  model.learn(bit);
  return bit;
}
