/**
 * Codes a sample as eight binary decisions, the highest bit first. For each the experts' probabilities and those of
 * histories are mixed. docs/format.md, "Tail decisions".
 */
import type { Size } from '../../grid/geometry.ts';
import { BitHistories, DEPTHS } from './bit-histories.ts';
import { type EdgeMasses, EXPERTS, Experts, GREY_LEVELS, newMasses } from './experts.ts';
import { f32, log32, squash32 } from './float32.ts';
import { LogisticMixer } from './logistic-mixer.ts';
import type { SamplePredictor } from './sample-predictor.ts';
import { SecondaryEstimate } from './secondary-estimate.ts';
import { VALUE_CONTEXTS, ValueContexts } from './value-contexts.ts';

/** Codes one decision. An encoder writes the bit, a decoder reads it; both return it. */
export interface DecisionCoder {
  /**
   * @param probability - that the sample is at or above `edge`, in 1/65536, 1..65535
   * @param edge - grey level that the sample is compared with, 1..255
   * @returns 1 if the sample is at or above `edge`
   */
  decide(probability: number, edge: number): number;
}

/** The probability 1 as an integer. */
const ONE = 65536;
const LEAST_MASS = f32(1e-12);
const LEAST_RATIO = f32(1e-6);
const MOST_RATIO = 1e6;
/** Logits of these experts decide whether a decision is near-certain: then the mixer is left out. */
const CERTAIN = 4;
const MOST_CERTAIN = 11;
const NARROW = 5;
const WIDE = 7;
const DECISIVE: readonly number[] = [1, NARROW, WIDE];
const MOST_INPUT = 10;
/** Inputs of the mixer: experts and histories; and their weights at the start. */
const INPUTS = EXPERTS + VALUE_CONTEXTS;
const EXPERT_WEIGHT = 0.14;
const HISTORY_WEIGHT = 0.06;
/** Limits of classes: of error around, in grey levels; of width and distance of a decision, in units of the scale. */
const ERROR_CLASSES: Float32Array = Float32Array.of(0.3, 0.7, 1.2, 2, 3.5, 6, 10);
const WIDTH_CLASSES: Float32Array = Float32Array.of(1.5, 3, 6, 12, 24);
const DISTANCE_CLASSES: Float32Array = Float32Array.of(0.25, 0.75, 1.5, 3, 6);
const WIDTHS = WIDTH_CLASSES.length + 1;
const DISTANCES = 2 * DISTANCE_CLASSES.length + 1;
/** Limits of classes of the number of outcomes in a history, and number of classes of the histories of two contexts. */
const SEEN_CLASSES: Float32Array = Float32Array.of(1, 3, 8);
const SEEN = 2 * (SEEN_CLASSES.length + 1);
/** Shares of the predicted scales in the scale of a sample, and its least. */
const EXPECTED_SHARE = 0.75;
const NETWORK_SHARE = 1.5;
const LEAST_SCALE = f32(0.3);

/** Number of limits that a value reaches. */
function classOf(value: number, limits: Float32Array): number {
  let n = 0;
  while (n < limits.length && value >= limits[n]) n++;
  return n;
}

function integerProbability(p: number): number {
  return Math.min(Math.max(Math.floor(f32(f32(p * ONE) + 0.5)), 1), ONE - 1);
}

/** Calls for each pixel: `visit`; for each colour `code`. */
export class SampleCoder {
  readonly #experts: Experts = new Experts();
  readonly #values: ValueContexts;
  readonly #histories: BitHistories;
  readonly #mixer: LogisticMixer;
  readonly #byNode: SecondaryEstimate = new SecondaryEstimate(3 * GREY_LEVELS);
  readonly #byDistance: SecondaryEstimate = new SecondaryEstimate(3 * DISTANCES * WIDTHS);
  readonly #certain: SecondaryEstimate = new SecondaryEstimate(3 * DEPTHS * 2);
  readonly #logits: Float32Array = new Float32Array(EXPERTS);
  /** Masses at the lower end of the interval that the decisions so far leave, at its middle, and at its upper end. */
  #low: EdgeMasses = newMasses();
  #middle: EdgeMasses = newMasses();
  #high: EdgeMasses = newMasses();
  #mean = 0;
  #scale = 1;
  #colour = 0;
  #errorClass = 0;

  /** @param size - of the picture */
  constructor(size: Size) {
    this.#values = new ValueContexts(size);
    this.#histories = new BitHistories(VALUE_CONTEXTS, size.width * size.height);
    const start = Float32Array.from({ length: INPUTS }, (_, k) => (k < EXPERTS ? EXPERT_WEIGHT : HISTORY_WEIGHT));
    this.#mixer = new LogisticMixer(
      start,
      [3 * WIDTHS, 3 * SEEN, 3, 3 * (ERROR_CLASSES.length + 1)],
      3 * DEPTHS * SEEN,
    );
  }

  /** Starts a pixel. */
  visit(column: number): void {
    this.#values.visit(column);
  }

  /** Codes the colour that a predictor predicts; returns its grey level. */
  code(colour: number, predictor: SamplePredictor, coder: DecisionCoder): number {
    const { mean, expected, scale, localAround } = predictor;
    this.#experts.set(predictor);
    this.#values.fill(this.#histories.hashes, colour, mean);
    this.#histories.begin();
    this.#colour = colour;
    this.#mean = mean;
    this.#scale = Math.max(Math.min(f32(EXPECTED_SHARE * expected), f32(NETWORK_SHARE * scale)), LEAST_SCALE);
    this.#errorClass = classOf(localAround, ERROR_CLASSES);
    this.#low.above.fill(1);
    this.#low.below.fill(0);
    this.#high.above.fill(0);
    this.#high.below.fill(1);
    let node = 1;
    for (let depth = 0; depth < DEPTHS; depth++) node = 2 * node + this.#decide(depth, node, coder);
    const grey = node - GREY_LEVELS;
    this.#values.tell(colour, grey);
    return grey;
  }

  #decide(depth: number, node: number, coder: DecisionCoder): number {
    const width = GREY_LEVELS >> depth;
    const edge = ((node * width) % GREY_LEVELS) + width / 2;
    this.#experts.masses(edge, this.#middle);
    this.#computeLogits(edge);
    const bit = this.#isNearCertain()
      ? this.#decideCertain(depth, edge, coder)
      : this.#decideMixed(depth, node, edge, width, coder);
    const end = bit ? this.#low : this.#high;
    if (bit) this.#low = this.#middle;
    else this.#high = this.#middle;
    this.#middle = end;
    return bit;
  }

  /** Logits of the experts: of the grey levels above the edge against those below, from the smaller tails. */
  #computeLogits(edge: number): void {
    const isAbove = edge > this.#mean;
    const key = isAbove ? 'above' : 'below';
    const { [key]: low } = this.#low;
    const { [key]: middle } = this.#middle;
    const { [key]: high } = this.#high;
    for (let k = 0; k < EXPERTS; k++) {
      const up = f32(isAbove ? middle[k] - high[k] : high[k] - middle[k]);
      const down = f32(isAbove ? low[k] - middle[k] : middle[k] - low[k]);
      const ratio = f32(Math.max(up, LEAST_MASS) / Math.max(down, LEAST_MASS));
      this.#logits[k] = log32(Math.min(Math.max(ratio, LEAST_RATIO), MOST_RATIO));
    }
  }

  #isNearCertain(): boolean {
    const logits = this.#logits;
    for (const k of DECISIVE) if (!(Math.abs(logits[k]) > CERTAIN)) return false;
    return logits[NARROW] > 0 === logits[WIDE] > 0;
  }

  #decideCertain(depth: number, edge: number, coder: DecisionCoder): number {
    const logit = Math.min(Math.max(this.#logits[NARROW], -MOST_CERTAIN), MOST_CERTAIN);
    const row = (this.#colour * DEPTHS + depth) * 2 + (logit > 0 ? 1 : 0);
    const corrected = this.#certain.probability(logit, row);
    const p = f32(f32(0.5 * corrected) + f32(0.5 * squash32(logit)));
    const bit = coder.decide(integerProbability(p), edge);
    this.#certain.learn(bit);
    return bit;
  }

  #decideMixed(depth: number, node: number, edge: number, width: number, coder: DecisionCoder): number {
    const mixer = this.#mixer;
    const histories = this.#histories;
    const { inputs, rows } = mixer;
    const colour = this.#colour;
    for (let k = 0; k < EXPERTS; k++) inputs[k] = Math.min(Math.max(this.#logits[k], -MOST_INPUT), MOST_INPUT);
    histories.look(depth, node, inputs, EXPERTS);
    const widthClass = classOf(f32(width / this.#scale), WIDTH_CLASSES);
    const distance = f32(f32(edge - 0.5 - this.#mean) / this.#scale);
    const distanceClass = classOf(Math.abs(distance), DISTANCE_CLASSES);
    const side = DISTANCE_CLASSES.length + (distance < 0 ? -distanceClass : distanceClass);
    const seen = classOf(histories.outcomes(0), SEEN_CLASSES) + (histories.outcomes(3) > 0 ? SEEN / 2 : 0);
    rows[0] = colour * WIDTHS + widthClass;
    rows[1] = colour * SEEN + seen;
    rows[2] = colour;
    rows[3] = colour * (ERROR_CLASSES.length + 1) + this.#errorClass;
    const logit = mixer.logit((colour * DEPTHS + depth) * SEEN + seen);
    const byNode = this.#byNode.probability(logit, colour * GREY_LEVELS + node);
    const byDistance = this.#byDistance.probability(logit, (colour * DISTANCES + side) * WIDTHS + widthClass);
    const p = f32(f32(f32(0.5 * mixer.probability) + f32(0.25 * byNode)) + f32(0.25 * byDistance));
    const bit = coder.decide(integerProbability(p), edge);
    mixer.learn(bit);
    this.#byNode.learn(bit);
    this.#byDistance.learn(bit);
    histories.learn(bit);
    return bit;
  }
}
