/** Facts of the tail of {@link examplePixels}: predictions of some samples, decisions and message. */
import { createHash } from 'node:crypto';
import { RangeEncoder } from '#dist/codec/entropy/range-encoder.js';
import { SamplePlanes } from '#dist/codec/tail/reference/sample-planes.js';
import { SamplePredictor } from '#dist/codec/tail/reference/sample-predictor.js';
import { TailModel } from '#dist/codec/tail/reference/tail-model.js';
import { ReferenceSums } from '#dist/codec/tail/tail-network-sums.js';
import { tailWeights } from '#dist/codec/tail/tail-weights.js';
import type { TailFacts, TailPrediction } from '../documents/figures/format.ts';
import { bitsOf } from './float-bits.ts';
import { EXAMPLE_SHAPE, examplePixels, examplePosterior } from './tail-picture.ts';

const { width, height, channels } = EXAMPLE_SHAPE;
/** Pixels, column and row, whose samples' predictions are told. */
const PREDICTED: readonly (readonly [number, number])[] = [
  [0, 0],
  [1, 0],
  [11, 0],
  [7, 4],
  [11, 9],
];
/** Pixels, column and row, whose first sample's decisions are told. */
const DECIDED: readonly (readonly [number, number])[] = [
  [0, 0],
  [0, 5],
];

function planes() {
  const { state, mean, logVariance, index } = examplePosterior();
  return { input: { width, height, canvasWidth: mean.width, state: state.data, mean: mean.data, logVariance }, index };
}

/** Predicts and learns all samples. */
function predictions(pixels: Uint8Array): TailPrediction[] {
  const { input, index } = planes();
  const predictor = new SamplePredictor(
    new SamplePlanes(input),
    width,
    channels,
    index,
    new ReferenceSums(tailWeights()),
  );
  const found: TailPrediction[] = [];
  for (let row = 0, at = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      predictor.visit(column, row);
      for (let colour = 0; colour < channels; colour++, at++) {
        predictor.predict(colour);
        if (PREDICTED.some(([i, j]) => i === column && j === row)) {
          const { network, scale, global, local, expected, globalScale, localScale } = predictor;
          const values = [network, scale, global, local, expected, globalScale, localScale].map(bitsOf);
          found.push({ place: [column, row, colour], values });
        }
        predictor.learn(colour, pixels[at]);
      }
      predictor.leave();
    }
  }
  return found;
}

/** Codes the picture of the example by the reference. */
export function tailFacts(): TailFacts {
  const pixels = examplePixels();
  const { input, index } = planes();
  const model = new TailModel(input, channels, index, new ReferenceSums(tailWeights()));
  const encoder = new RangeEncoder();
  const decisions: string[] = [];
  const coder = {
    target: 0,
    decide(probability: number, edge: number): 0 | 1 {
      const bit = this.target >= edge ? 1 : 0;
      encoder.encodeBit(bit, probability);
      decisions.push(`${probability}:${bit}`);
      return bit;
    },
  };
  for (let p = 0; p < width * height; p++) {
    model.codePixel(p % width, Math.floor(p / width), coder, pixels, p * channels);
  }
  const message = encoder.finish();
  return {
    predictions: predictions(pixels),
    decisions: decisions.length,
    decided: DECIDED.map(([i, j]) =>
      decisions
        .slice(8 * channels * (j * width + i))
        .slice(0, 8)
        .join(' '),
    ),
    message: {
      bytes: message.length,
      start: Buffer.from(message.subarray(0, 16)).toString('hex'),
      sha256: createHash('sha256').update(message).digest('hex'),
    },
  };
}
