/** The decoder's side of the reverse walk: code values from a parsed stream. */
import type { Model } from '../../model/denoiser.ts';
import type { Executor, TileCode, TileResult } from '../executor/executor.ts';
import { inlineExecutor } from '../executor/inline-executor.ts';
import type { Header } from '../format/header.ts';
import { type LadderStep, ladderFrom } from '../format/noise-ladder.ts';
import type { ParsedLayer, ParsedStream } from '../format/stream.ts';
import { type LayerCoder, type LayerModel, reverseWalk, type WalkState } from './reverse-walk.ts';

/** The state after a layer, with what the decoder expects the layer's ideal bits to be. */
export interface DecodeWalkState extends WalkState {
  /** KL(q || p) in bits as the model expects it; 0 before the first layer. */
  readonly idealBits: number;
}

/** Who does the work: an executor, or this thread with a model. */
function executorOf(place: Model | Executor): Executor {
  return 'denoiser' in place ? inlineExecutor(place) : place;
}

/** What a decoder reads the layers from; `layers` may grow while it walks. */
export interface LayerSource {
  readonly header: Pick<Header, 'width' | 'height' | 'seed' | 'tail' | 'dithered'>;
  readonly steps: readonly LadderStep[];
  readonly layers: readonly Pick<ParsedLayer, 'tiles'>[];
}

/** Takes the code bits of each tile out of the stream. */
class TileDecoder implements LayerCoder {
  readonly #layers: LayerSource['layers'];
  readonly #dithered: boolean;
  /** Of each tile of the layer at hand; summed in their order, so that the sum does not depend on who was first. */
  expectedBits: number[] = [];

  constructor({ layers, header }: LayerSource) {
    this.#layers = layers;
    this.#dithered = header.dithered ?? false;
  }

  codeOf({ layer }: LayerModel, tile: number): TileCode {
    const { packed, bits } = this.#layers[layer].tiles[tile];
    return this.#dithered ? { kind: 'dithered', packed } : { kind: 'path', packed, bits };
  }

  coded(tile: number, { expectedBits }: TileResult): void {
    this.expectedBits[tile] = expectedBits;
  }
}

/**
 * Walks down the layers of a stream: yields the picture before the first and after each. Stop after as many states as there are
 * layers, and one.
 *
 * @param place - who does the work: an executor, or this thread with a model
 */
export async function* decodeWalk(
  stream: LayerSource,
  place: Model | Executor,
): AsyncGenerator<DecodeWalkState, void, void> {
  const { header, steps } = stream;
  const coder = new TileDecoder(stream);
  const image = { width: header.width, height: header.height };
  const executor = executorOf(place);
  const { seed, tail } = header;
  const variances = tail ? 'last' : undefined;
  for await (const state of reverseWalk({ image, seed, steps, executor, coder, variances })) {
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
 */
export async function* sampleWalk(
  { header }: Pick<ParsedStream, 'header'>,
  place: Model | Executor,
  from: WalkState,
  sampleSeed: number,
): AsyncGenerator<WalkState, void, void> {
  const coder: LayerCoder = { codeOf: () => ({ kind: 'sample', seed: sampleSeed }) };
  const image = { width: header.width, height: header.height };
  const steps = ladderFrom(from.level, from.index, header.stepEighths, SAMPLE_END_INDEX);
  const resume = { layer: from.layers, state: from.state, posterior: from.posterior };
  yield* reverseWalk({ image, seed: header.seed, steps, executor: executorOf(place), coder, resume });
}
