/**
 * Predicts a sample by three distributions (the experts), which a mixer weighs. The first is that of the network. The
 * second is the first, moved by a regression that is learned from this picture alone. The third has the mean of the
 * second, and a scale computed from the errors of neighbouring samples. docs/format.md, "Tail experts".
 */
import { DecisionMixer, EXPERTS } from './decision-mixer.ts';
import { integerProbability } from './logistic.ts';
import { GREY_LEVELS, Mixture } from './logistic-mixture.ts';
import { OnlineRegression } from './regression.ts';
import { CODED_NEIGHBOURS, GREY_UNIT, type TailContext } from './tail-features.ts';
import { TailNetwork } from './tail-network.ts';
import { COMPONENTS } from './tail-network-layout.ts';

/** Factor from grey levels to the unit of the regression, 4 grey levels. */
const REGRESSION_UNIT = 0.25;
/** Factor of the regression's input that is made of the noisy state. */
const STATE_SHARE = 0.2;
/**
 * Neighbours that are inputs of the regression: all in the sample's own colour, the nearest in each colour before it.
 */
const OWN_NEIGHBOURS: number = CODED_NEIGHBOURS.length;
const OTHER_NEIGHBOURS = 6;
/** Largest distance, in grey levels, by which the regression moves the mean. */
const MOST_MOVED = 20;
/** Upper ends of the classes of scales, in grey levels; each class has its own contexts in the mixer. */
const SCALE_CLASSES: readonly number[] = [0.7, 1.5, 3, 6, 12];
/** Positions of a decision in a sample's decision tree that have their own contexts: the first 23, and all others. */
const TREE_POSITIONS = 24;

/**
 * Model of the samples of a picture, which are coded one after the other. Calls for each pixel: `visit`; for each
 * colour `begin`; then `firstProbability` and `learnFirst`, `probability` and `learn` for each further decision, and
 * `learnSample`.
 */
export class SampleModel {
  /** Grey level that the first decision compares with, 1..255, and width of the first step from there. */
  middle = 128;
  step = 1;
  readonly #context: TailContext;
  readonly #network: TailNetwork = new TailNetwork();
  readonly #experts: readonly Mixture[] = [new Mixture(COMPONENTS), new Mixture(COMPONENTS), new Mixture(1)];
  readonly #regressions: readonly OnlineRegression[];
  readonly #mixer: DecisionMixer = new DecisionMixer(3 * (SCALE_CLASSES.length + 1) * TREE_POSITIONS);
  /** |x - mean| of the second expert for coded samples, in grey levels, laid out like the context's planes. */
  readonly #errors: Float32Array;
  /** The network's means for the colours of the current pixel, in grey levels. */
  readonly #means: Float64Array = new Float64Array(3);
  #colour = 0;
  #scale = 1;
  /** Distance by which the regression moves the mean of the current sample, in grey levels. */
  #moved = 0;
  /** Combination of colour and class of scales. */
  #group = 0;
  #treePosition = 0;
  /**
   * For each expert, the tail probability (above or below, by the first decision) at the lower and upper end of the
   * interval that the decisions so far leave, and at the edge of the current decision.
   */
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

  /** Starts the pixel that the context visits. */
  visit(): void {
    this.#network.visit(this.#context);
  }

  /** Starts a colour of the pixel; the colours before it must be coded. */
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
      const componentMean = centre + network.means[k] * unit;
      this.#experts[0].set(k, network.weights[k], componentMean, network.scales[k] * unit);
      this.#experts[1].set(k, network.weights[k], componentMean + this.#moved, network.scales[k] * unit);
    }
    this.#experts[2].set(0, 1, mean + this.#moved, 0.5 * this.#localError(colour) + 0.25 * scale);
    this.middle = Math.min(Math.max(Math.floor(mean + 0.5), 1), GREY_LEVELS - 1);
    this.step = Math.max(1, Math.floor(scale));
    let group = 0;
    while (group < SCALE_CLASSES.length && scale >= SCALE_CLASSES[group]) group++;
    this.#group = colour * (SCALE_CLASSES.length + 1) + group;
    this.#treePosition = 0;
  }

  /** Distance that the regression adds to the network's mean, in grey levels. */
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

  /**
   * Mean error of the second expert at neighbours: weight 2 for left and above; two fifths come from the colour before.
   */
  #localError(colour: number): number {
    const { at, neighbours } = this.#context;
    const errors = this.#errors;
    const p = at + colour;
    const [left, above, aboveLeft, aboveRight] = neighbours;
    const near = (2 * (errors[p + left] + errors[p + above]) + errors[p + aboveLeft] + errors[p + aboveRight]) / 6;
    return colour > 0 ? 0.6 * near + 0.4 * errors[p - 1] : near;
  }

  /** Probability of the first decision: that the sample is at or above `middle`, in 1/65536. */
  firstProbability(): number {
    for (let k = 0; k < EXPERTS; k++) {
      this.#low[k] = this.#experts[k].above(this.middle);
      this.#high[k] = this.#experts[k].below(this.middle);
      this.#mixer.experts[k] = integerProbability(this.#low[k] / (this.#low[k] + this.#high[k]));
    }
    return this.#mixer.probability(this.#group * TREE_POSITIONS);
  }

  /** Adapts to the outcome of the first decision. */
  learnFirst(bit: number): void {
    this.#mixer.learn(bit);
    // Further decisions use the experts' probabilities above an edge if the sample is above the middle, otherwise those
    // below: the smaller tail is the accurate one.
    if (bit) this.#high.fill(0);
    else this.#low.fill(0);
    this.#treePosition = 1 + bit;
  }

  /**
   * Probability of a further decision: that the sample is at or above an edge, given the decisions so far; in 1/65536.
   *
   * @param upwards - true if the sample is at or above the middle
   */
  probability(edge: number, upwards: boolean): number {
    for (let k = 0; k < EXPERTS; k++) {
      const value = upwards ? this.#experts[k].above(edge) : this.#experts[k].below(edge);
      this.#edge[k] = value;
      const share = (value - this.#high[k]) / (this.#low[k] - this.#high[k]);
      this.#mixer.experts[k] = integerProbability(share);
    }
    return this.#mixer.probability(this.#group * TREE_POSITIONS + this.#treePosition);
  }

  /** Adapts to the outcome of a further decision. */
  learn(bit: number): void {
    this.#mixer.learn(bit);
    const end = bit ? this.#low : this.#high;
    for (let k = 0; k < EXPERTS; k++) end[k] = this.#edge[k];
    this.#treePosition = Math.min(2 * this.#treePosition + 1 + bit, TREE_POSITIONS - 1);
  }

  /** Adapts to the grey level of the sample, once all its decisions are coded. */
  learnSample(grey: number): void {
    const colour = this.#colour;
    const mean = this.#means[colour];
    this.#errors[this.#context.at + colour] = Math.abs(grey - mean - this.#moved);
    const scale = this.#scale * REGRESSION_UNIT;
    this.#regressions[colour].learn((grey - mean) * REGRESSION_UNIT, 1 / (scale * scale + 0.02));
    this.#context.setSample(colour, grey / GREY_UNIT - 1);
  }
}
