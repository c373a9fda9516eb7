/**
 * What is expected of a sample: three distributions and how far each is to be trusted. The first is the network's. The second is
 * the same one, moved by a regression that learns from this picture alone. The third has the second's mean and a scale from
 * the errors in the neighbourhood. docs/format.md, "Tail experts".
 */
import { DecisionMixer, EXPERTS } from './decision-mixer.ts';
import { integerProbability } from './logistic.ts';
import { GREY_LEVELS, Mixture } from './logistic-mixture.ts';
import { OnlineRegression } from './regression.ts';
import { CODED_NEIGHBOURS, GREY_UNIT, type TailContext } from './tail-features.ts';
import { TailNetwork } from './tail-network.ts';
import { COMPONENTS } from './tail-network-layout.ts';

/** The regression works in units of 4 grey levels. */
const REGRESSION_UNIT = 0.25;
const STATE_SHARE = 0.2;
/** It looks at all neighbours of the sample's own colour, and at the nearest in the colours before. */
const OWN_NEIGHBOURS: number = CODED_NEIGHBOURS.length;
const OTHER_NEIGHBOURS = 6;
/** And moves the mean by so many grey levels at most. */
const MOST_MOVED = 20;
/** Upper ends of the classes of scales, in grey levels: contexts of the mixer. */
const SCALE_CLASSES: readonly number[] = [0.7, 1.5, 3, 6, 12];
/** Decisions by their place in the tree: the first 23, and all others. */
const PLACES = 24;

/** The model of all samples of a picture, one after the other. */
export class SampleModel {
  /** Grey level at which the first decision is made, 1..255, and the width of the first step from there. */
  middle = 128;
  step = 1;
  readonly #context: TailContext;
  readonly #network: TailNetwork = new TailNetwork();
  readonly #experts: readonly Mixture[] = [new Mixture(COMPONENTS), new Mixture(COMPONENTS), new Mixture(1)];
  readonly #regressions: readonly OnlineRegression[];
  readonly #mixer: DecisionMixer = new DecisionMixer(3 * (SCALE_CLASSES.length + 1) * PLACES);
  /** |x - mean| of the second expert, in grey levels, as the context's planes. */
  readonly #errors: Float32Array;
  /** Means of the network for the colours of the pixel, in grey levels. */
  readonly #means: Float64Array = new Float64Array(3);
  #colour = 0;
  #scale = 1;
  #moved = 0;
  #group = 0;
  #place = 0;
  /** Of each expert: what it gives the grey levels beyond the interval's lower and upper end, on the side of the middle. */
  readonly #low: Float64Array = new Float64Array(EXPERTS);
  readonly #high: Float64Array = new Float64Array(EXPERTS);
  readonly #edge: Float64Array = new Float64Array(EXPERTS);

  constructor(context: TailContext) {
    this.#context = context;
    this.#errors = new Float32Array(context.mean.length);
    this.#regressions = [0, 1, 2].map(
      (colour) => new OnlineRegression(OWN_NEIGHBOURS + 2 + colour * (OTHER_NEIGHBOURS + 1)),
    );
  }

  /** Goes to the pixel that the context stands at. */
  visit(): void {
    this.#network.visit(this.#context);
  }

  /** Goes to a colour of the pixel; those before it have been told. */
  begin(colour: number): void {
    const context = this.#context;
    const network = this.#network;
    const centre = (context.mean[context.at + colour] + 1) * GREY_UNIT;
    const unit = context.scale * GREY_UNIT;
    network.predict(context, colour);
    let mean = 0;
    let scale = 0;
    for (let k = 0; k < COMPONENTS; k++) {
      mean += network.weights[k] * (centre + network.means[k] * unit);
      scale += network.weights[k] * network.scales[k] * unit;
    }
    this.#colour = colour;
    this.#scale = scale;
    this.#means[colour] = mean;
    this.#moved = this.#regress(colour, mean, centre);
    for (let k = 0; k < COMPONENTS; k++) {
      const place = centre + network.means[k] * unit;
      this.#experts[0].set(k, network.weights[k], place, network.scales[k] * unit);
      this.#experts[1].set(k, network.weights[k], place + this.#moved, network.scales[k] * unit);
    }
    this.#experts[2].set(0, 1, mean + this.#moved, 0.5 * this.#localError(colour) + 0.25 * scale);
    this.middle = Math.min(Math.max(Math.floor(mean + 0.5), 1), GREY_LEVELS - 1);
    this.step = Math.max(1, Math.floor(scale));
    let group = 0;
    while (group < SCALE_CLASSES.length && scale >= SCALE_CLASSES[group]) group++;
    this.#group = colour * (SCALE_CLASSES.length + 1) + group;
    this.#place = 0;
  }

  /** What the regression adds to the network's mean, in grey levels. */
  #regress(colour: number, mean: number, centre: number): number {
    const context = this.#context;
    const { inputs } = this.#regressions[colour];
    const { at, neighbours } = context;
    let n = 0;
    for (let k = 0; k < OWN_NEIGHBOURS; k++) {
      inputs[n++] = (context.grey(at + neighbours[k] + colour) - mean) * REGRESSION_UNIT;
    }
    inputs[n++] = (centre - mean) * REGRESSION_UNIT;
    inputs[n++] = (centre + context.noise[at + colour] * GREY_UNIT - mean) * REGRESSION_UNIT * STATE_SHARE;
    for (let other = 0; other < colour; other++) {
      const value = context.grey(at + other);
      inputs[n++] = (value - this.#means[other]) * REGRESSION_UNIT;
      for (let k = 0; k < OTHER_NEIGHBOURS; k++) {
        inputs[n++] = (context.grey(at + neighbours[k] + other) - value) * REGRESSION_UNIT;
      }
    }
    const moved = this.#regressions[colour].predict() / REGRESSION_UNIT;
    return Math.min(Math.max(moved, -MOST_MOVED), MOST_MOVED);
  }

  /** Mean error of the second expert around: left and above count double, the colour before for two fifths. */
  #localError(colour: number): number {
    const { at, neighbours } = this.#context;
    const errors = this.#errors;
    const p = at + colour;
    const [left, above, aboveLeft, aboveRight] = neighbours;
    const near = (2 * (errors[p + left] + errors[p + above]) + errors[p + aboveLeft] + errors[p + aboveRight]) / 6;
    return colour > 0 ? 0.6 * near + 0.4 * errors[p - 1] : near;
  }

  /** Probability that the sample is at or above the middle: the first decision. */
  first(): number {
    for (let k = 0; k < EXPERTS; k++) {
      this.#low[k] = this.#experts[k].above(this.middle);
      this.#high[k] = this.#experts[k].below(this.middle);
      this.#mixer.experts[k] = integerProbability(this.#low[k] / (this.#low[k] + this.#high[k]));
    }
    return this.#mixer.probability(this.#group * PLACES);
  }

  /** Takes note of the first decision. */
  learnFirst(bit: number): void {
    this.#mixer.learn(bit);
    // Above the middle the experts are asked for what lies above, below it for what lies below: the smaller part is exact.
    if (bit) this.#high.fill(0);
    else this.#low.fill(0);
    this.#place = 1 + bit;
  }

  /**
   * Probability that the sample is at or above an edge, as one of the interval that the decisions so far leave.
   *
   * @param upwards - the sample is at or above the middle
   */
  probability(edge: number, upwards: boolean): number {
    for (let k = 0; k < EXPERTS; k++) {
      const value = upwards ? this.#experts[k].above(edge) : this.#experts[k].below(edge);
      this.#edge[k] = value;
      const share = (value - this.#high[k]) / (this.#low[k] - this.#high[k]);
      this.#mixer.experts[k] = integerProbability(share);
    }
    return this.#mixer.probability(this.#group * PLACES + this.#place);
  }

  /** Takes note of a decision after the first. */
  learn(bit: number): void {
    this.#mixer.learn(bit);
    const end = bit ? this.#low : this.#high;
    for (let k = 0; k < EXPERTS; k++) end[k] = this.#edge[k];
    this.#place = Math.min(2 * this.#place + 1 + bit, PLACES - 1);
  }

  /** Takes note of the sample. */
  tell(grey: number): void {
    const colour = this.#colour;
    const mean = this.#means[colour];
    this.#errors[this.#context.at + colour] = Math.abs(grey - mean - this.#moved);
    const scale = this.#scale * REGRESSION_UNIT;
    this.#regressions[colour].learn((grey - mean) * REGRESSION_UNIT, 1 / (scale * scale + 0.02));
    this.#context.setSample(colour, grey / GREY_UNIT - 1);
  }
}
