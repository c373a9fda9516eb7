/**
 * Predicts samples, one after the other: the network's mean is improved by a regression over the whole picture, that by
 * one over the neighbourhood; a third regression predicts the error's scale. docs/format.md, "Tail regressions".
 */
import type { NetworkSums } from '../tail-network-sums.ts';
import { ErrorPlane } from './error-plane.ts';
import { f32 } from './float32.ts';
import { ForgettingRegression } from './forgetting-regression.ts';
import { LocalRegression } from './local-regression.ts';
import { NetworkMixture } from './network-mixture.ts';
import { PixelFeatures } from './pixel-features.ts';
import { inputCount, type NeighbourCounts, RegressionInputs } from './regression-inputs.ts';
import type { SamplePlanes } from './sample-planes.ts';
import { type SamplePredictions, ScaleRegression } from './scale-regression.ts';
import { ScaleTable } from './scale-table.ts';

const GLOBAL_NEIGHBOURS: NeighbourCounts = { own: 24, other: 18 };
const LOCAL_NEIGHBOURS: NeighbourCounts = { own: 12, other: 10 };
/** Unit of the regressions in grey levels, and the largest distance by which one moves the mean. */
const UNIT = 4;
const MOST_MOVED = 40;
const GLOBAL_SHARE = f32(0.4);
const LOCAL_SHARE = f32(0.6);
const WEIGHT_FLOOR = f32(0.02);

/** What is learned of one colour. */
interface ColourModel {
  readonly global: ForgettingRegression;
  readonly local: LocalRegression;
  readonly scale: ScaleRegression;
  readonly globalScales: ScaleTable;
  readonly localScales: ScaleTable;
}

/** Calls for each pixel: `visit`; for each colour `predict`, `learn`; `leave`. Numbers are in grey levels. */
export class SamplePredictor implements SamplePredictions {
  /** The network's mixture. */
  readonly mixture: NetworkMixture;
  network = 0;
  scale = 1;
  global = 0;
  local = 0;
  around = 0;
  /** The prediction: a mean of both regressions. */
  mean = 0;
  /** Expected mean absolute errors of `mean`; scales of logistic distributions around `global` and `local`. */
  expected = 1;
  globalScale = 1;
  localScale = 1;
  /** Mean errors of `global` and `local` around the sample. */
  globalAround = 0;
  localAround = 0;
  /** Index of the current pixel's first sample in the planes. */
  at = 0;
  readonly #planes: SamplePlanes;
  readonly #channels: number;
  readonly #features: PixelFeatures;
  readonly #globalInputs: RegressionInputs;
  readonly #localInputs: RegressionInputs;
  readonly #globalErrors: ErrorPlane;
  readonly #localErrors: ErrorPlane;
  readonly #errors: ErrorPlane;
  readonly #colours: readonly ColourModel[];
  /** Predictions of the pixel's colours. */
  readonly #networkMeans: Float32Array = new Float32Array(3);
  readonly #globalMeans: Float32Array = new Float32Array(3);
  #column = 0;

  /**
   * @param width - of the picture in pixels
   * @param index - noise index of the state
   */
  constructor(planes: SamplePlanes, width: number, channels: 1 | 3, index: number, sums: NetworkSums) {
    this.#planes = planes;
    this.#channels = channels;
    this.#features = new PixelFeatures(planes, index);
    this.mixture = new NetworkMixture(sums);
    this.#globalInputs = new RegressionInputs(planes, GLOBAL_NEIGHBOURS);
    this.#localInputs = new RegressionInputs(planes, LOCAL_NEIGHBOURS);
    this.#globalErrors = new ErrorPlane(planes);
    this.#localErrors = new ErrorPlane(planes);
    this.#errors = new ErrorPlane(planes);
    this.#colours = Array.from({ length: channels }, (_, colour) => ({
      global: new ForgettingRegression({
        inputs: inputCount(GLOBAL_NEIGHBOURS, colour),
        rate: 2 ** -13,
        ridge: 2 ** -9,
        interval: 32,
      }),
      local: new LocalRegression(inputCount(LOCAL_NEIGHBOURS, colour), width),
      scale: new ScaleRegression(planes, this.#errors.errors, colour),
      globalScales: new ScaleTable(),
      localScales: new ScaleTable(),
    }));
  }

  /** Starts a pixel. */
  visit(column: number, row: number): void {
    this.at = this.#planes.at(column, row);
    this.#column = column;
    this.#features.visit(this.at);
    this.mixture.visit(this.#features);
    for (const { local } of this.#colours) local.visit(column);
  }

  /** Predicts a colour of the pixel; the colours before it must be learned. */
  predict(colour: number): void {
    const { mixture } = this;
    const model = this.#colours[colour];
    const p = this.at + colour;
    mixture.predict(colour, this.#planes.mean[p], this.#features.unit);
    this.network = mixture.mean;
    this.scale = mixture.scale;
    this.#networkMeans[colour] = this.network;
    this.#globalInputs.fill(model.global.inputs, this.at, colour, this.#networkMeans);
    this.global = moved(this.network, model.global.predict());
    this.#globalMeans[colour] = this.global;
    this.#localInputs.fill(model.local.inputs, this.at, colour, this.#globalMeans);
    this.local = moved(this.global, model.local.predict());
    this.mean = f32(f32(GLOBAL_SHARE * this.global) + f32(LOCAL_SHARE * this.local));
    const floor = f32(0.5 * this.scale);
    this.globalAround = this.#globalErrors.around(p, colour);
    this.globalScale = model.globalScales.scale(f32(this.globalAround + floor));
    this.localAround = this.#localErrors.around(p, colour);
    this.localScale = model.localScales.scale(f32(this.localAround + floor));
    this.around = this.#errors.around(p, colour);
    model.scale.predict(p, this);
    this.expected = model.scale.expected;
  }

  /** Learns the grey level of the colour that was predicted. */
  learn(colour: number, grey: number): void {
    const { global, local, scale, globalScales, localScales } = this.#colours[colour];
    const p = this.at + colour;
    const expected = f32(this.expected * (1 / UNIT));
    const weight = f32(1 / f32(f32(expected * expected) + WEIGHT_FLOOR));
    global.learn(f32(f32(grey - this.network) * (1 / UNIT)), weight);
    local.learn(f32(f32(grey - this.global) * (1 / UNIT)), weight);
    const globalError = Math.abs(f32(grey - this.global));
    const localError = Math.abs(f32(grey - this.local));
    const error = Math.abs(f32(grey - this.mean));
    scale.learn(error);
    globalScales.learn(globalError);
    localScales.learn(localError);
    this.#globalErrors.errors[p] = globalError;
    this.#localErrors.errors[p] = localError;
    this.#errors.errors[p] = error;
    this.#planes.grey[p] = grey;
    this.mixture.tell(colour, this.#features.squeezedResidual(p));
  }

  /** Ends a pixel. A grey picture is three equal colours. */
  leave(): void {
    const { grey } = this.#planes;
    for (let c = this.#channels; c < 3; c++) grey[this.at + c] = grey[this.at];
    for (const { local } of this.#colours) local.leave(this.#column);
  }
}

function moved(mean: number, prediction: number): number {
  return f32(mean + Math.min(Math.max(f32(prediction * UNIT), -MOST_MOVED), MOST_MOVED));
}
