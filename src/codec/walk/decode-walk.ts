/** The decoder's side of the reverse walk: code values from a parsed stream. */
import type { TileCode, TileResult } from '../executor/executor.ts';
import type { Header } from '../format/header.ts';
import { type LadderStep, ladderFrom } from '../format/noise-ladder.ts';
import type { ParsedLayer, ParsedStream } from '../format/stream-parser.ts';
import { type LayerCoder, type LayerModel, reverseWalk, type WalkState } from './reverse-walk.ts';
import type { WalkRun } from './walk-run.ts';

/** The state after a layer, with what the decoder expects the layer's ideal bits to be. */
export interface DecodeWalkState extends WalkState {
  /** KL(q || p) in bits as the model expects it; 0 before the first layer. */
  readonly idealBits: number;
}

/** What a decoder reads the layers from; `layers` may grow while it walks. */
export interface LayerSource {
  readonly header: Pick<Header, 'width' | 'height' | 'seed' | 'tail'>;
  readonly steps: readonly LadderStep[];
  readonly layers: readonly Pick<ParsedLayer, 'tiles'>[];
}

/** Takes the message of each tile out of the stream. */
class TileDecoder implements LayerCoder {
  readonly #layers: LayerSource['layers'];
  /** Of each tile of the layer at hand; summed in their order, so that the sum does not depend on who was first. */
  expectedBits: number[] = [];

  constructor({ layers }: LayerSource) {
    this.#layers = layers;
  }

  codeOf({ layer }: LayerModel, tile: number): TileCode {
    const { packed, bits } = this.#layers[layer].tiles[tile];
    return { kind: 'receive', message: { packed, bits } };
  }

  coded(tile: number, { expectedBits }: TileResult): void {
    this.expectedBits[tile] = expectedBits;
  }
}

/**
 * Walks down the layers of a stream: yields the picture before the first and after each. Stop after as many states as there are
 * layers, and one.
 *
 * @param run - its executor has the stream's transport
 */
export async function* decodeWalk(source: LayerSource, run: WalkRun): AsyncGenerator<DecodeWalkState, void, void> {
  const { header, steps } = source;
  const { width, height, seed, tail } = header;
  const coder = new TileDecoder(source);
  const variances = tail ? 'last' : undefined;
  for await (const state of reverseWalk({ image: { width, height }, seed, steps, run, coder, variances })) {
    yield { ...state, idealBits: coder.expectedBits.reduce((sum, bits) => sum + bits, 0) };
    coder.expectedBits = [];
  }
}

/** Where a sampled picture ends: its last noise is below half a grey level. */
const SAMPLE_END_INDEX = -2000;

/**
 * Goes on with the reverse process without bits: c ~ N(0, 1), so one of the pictures that the layers so far allow instead of their
 * mean.
 *
 * @param from - the last state of {@link decodeWalk}
 * @param sampleSeed - of what is drawn, unsigned 32 bits
 */
export async function* sampleWalk(
  { header }: Pick<ParsedStream, 'header'>,
  run: WalkRun,
  from: WalkState,
  sampleSeed: number,
): AsyncGenerator<WalkState, void, void> {
  const coder: LayerCoder = { codeOf: () => ({ kind: 'sample', seed: sampleSeed }) };
  const image = { width: header.width, height: header.height };
  const steps = ladderFrom(from.level, from.index, header.stepEighths, SAMPLE_END_INDEX);
  const resume = { layer: from.layers, state: from.state, posterior: from.posterior };
  yield* reverseWalk({ image, seed: header.seed, steps, run, coder, resume });
}
