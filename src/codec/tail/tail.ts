/**
 * The lossless tail of a stream: codes the exact grey levels of a picture, given the last state of the reverse process. (tail-decoder.ts
 * decodes them.)
 */
import { RangeEncoder } from '../entropy/range-encoder.ts';
import type { Size } from '../grid/geometry.ts';
import type { Plane } from '../grid/plane.ts';
import { codeSample, type DecisionCoder } from './sample-decisions.ts';
import { SampleModel } from './sample-model.ts';
import { GREY_UNIT, TailContext } from './tail-features.ts';

const { LN2 } = Math;

/** What encoder and decoder know after the last layer: planes on the canvas of level 0. */
export interface TailPosterior {
  /** State y. */
  readonly state: Plane;
  /** Posterior mean D of x, in [-1, 1]. */
  readonly mean: Plane;
  /** Natural logarithm of the posterior variance of each sample of x. */
  readonly logVariance: Float32Array;
  /** Noise index of the state: sigma = 2^(index / 256). */
  readonly index: number;
}

/** Size and channels of a picture: 1 grey, 3 RGB. */
export interface TailShape extends Size {
  readonly channels: 1 | 3;
}

/** Writes or reads decisions. */
export interface SampleCoder extends DecisionCoder {
  /** The sample, set before it is coded; only an encoder uses it. */
  target: number;
  /** Called before each pixel: false if it cannot be coded yet. Default: true. */
  isReady?(): boolean;
}

/**
 * Codes the samples of a picture, rows from the top, and writes the result of the coder's decisions to `pixels`. Yields
 * the number of finished rows after each row, and where the next pixel is not ready, to try it again when it is resumed.
 */
export function* codePicture(
  pixels: Uint8Array | Uint8ClampedArray,
  shape: TailShape,
  posterior: TailPosterior,
  coder: SampleCoder,
): Generator<number, void, void> {
  const { width, height, channels } = shape;
  const { state, mean, logVariance, index } = posterior;
  const planes = { canvasWidth: mean.width, state: state.data, mean: mean.data, logVariance };
  const context = new TailContext({ width, height, ...planes, logSigma: (index / 256) * LN2 });
  const model = new SampleModel(context);
  for (let row = 0, at = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      while (coder.isReady?.() === false) yield row;
      context.visit(column, row);
      model.visit();
      for (let c = 0; c < channels; c++, at++) {
        model.begin(c);
        coder.target = pixels[at];
        pixels[at] = codeSample(model, coder);
        model.learnSample(pixels[at]);
      }
      // A grey picture is three equal colours.
      for (let c = channels; c < 3; c++) context.setSample(c, pixels[at - 1] / GREY_UNIT - 1);
    }
    yield row + 1;
  }
}

/**
 * Encodes a picture. Yields the number of finished rows after each row.
 *
 * @param pixels - interleaved, rows from the top
 * @returns the message of the range coder; the pixels themselves if it is not shorter
 */
export function* encodeTail(
  pixels: Uint8Array | Uint8ClampedArray,
  shape: TailShape,
  posterior: TailPosterior,
): Generator<number, Uint8Array, void> {
  const encoder = new RangeEncoder();
  const coder: SampleCoder = {
    target: 0,
    decide(probability, edge) {
      const bit = this.target >= edge ? 1 : 0;
      encoder.encodeBit(bit, probability);
      return bit;
    },
  };
  yield* codePicture(pixels.slice(), shape, posterior, coder);
  const message = encoder.finish();
  return message.length < pixels.length ? message : Uint8Array.from(pixels);
}
