/** The decoder's side of the reverse walk: code values come from a parsed stream. */
import { defined } from '../../base/defined.ts';
import type { TileCode, TileResult } from '../executor/executor.ts';
import type { Header } from '../format/header.ts';
import type { PackedBits } from '../format/interleaved-bits.ts';
import { type LadderStep, ladderFrom } from '../format/noise-ladder.ts';
import type { ParsedLayer, ParsedStream, PartialLayer } from '../format/stream-parser.ts';
import { type Gains, NO_GAINS } from '../format/variance-gains.ts';
import type { Message } from '../transport/transport.ts';
import { type LayerCoder, type LayerModel, type Resume, reverseWalk, type WalkState } from './reverse-walk.ts';
import type { WalkRun } from './walk-run.ts';

/** The state after a layer, with the decoder's estimate of the layer's ideal bits. */
export interface DecodeWalkState extends WalkState {
  /** Expectation of KL(q || p) under the model, in bits; 0 before the first layer. */
  readonly idealBits: number;
}

/** The stream that a decoder reads; `layers` may grow during the walk. With `tail` a tail follows the last step. */
export interface LayerSource {
  readonly header: Pick<Header, 'width' | 'height' | 'seed' | 'tail'>;
  readonly steps: readonly LadderStep[];
  readonly layers: readonly Pick<ParsedLayer, 'tiles' | 'unpack'>[];
  /** Level whose states are denoised at half their resolution, for pictures of a reduced size; default: none. */
  readonly halvedLevel?: number | undefined;
}

/** The decoder's {@link LayerCoder}: takes the message of each tile from the stream. */
class TileDecoder implements LayerCoder {
  readonly #layers: LayerSource['layers'];
  /** The bits of the layer that is being decoded. */
  #unpacked: { readonly layer: number; readonly messages: readonly Message[] } | undefined;
  /**
   * Expected KL divergence of each tile of the layer, kept by tile so that their sum does not depend on the order of
   * the jobs.
   */
  expectedBits: number[] = [];

  constructor({ layers }: LayerSource) {
    this.#layers = layers;
  }

  gainsOf({ layer }: LayerModel, tile: number): Gains {
    return this.#layers[layer].tiles[tile].gains ?? NO_GAINS;
  }

  codeOf({ layer }: LayerModel, tile: number): TileCode {
    if (this.#unpacked?.layer !== layer) this.#unpacked = { layer, messages: this.#layers[layer].unpack() };
    return { kind: 'receive', message: this.#unpacked.messages[tile] };
  }

  coded(tile: number, { expectedBits }: TileResult): void {
    this.expectedBits[tile] = expectedBits;
  }
}

/**
 * Walks through the layers of a stream: yields the state before the first layer and after each one. If the stream has
 * fewer layers than its ladder has steps, the caller must stop after the state of the last one.
 *
 * @param run - its executor must use the stream's transport
 */
export async function* decodeWalk(source: LayerSource, run: WalkRun): AsyncGenerator<DecodeWalkState, void, void> {
  const { header, steps, halvedLevel } = source;
  const { width, height, seed } = header;
  const coder = new TileDecoder(source);
  const tail = header.tail ? 'last' : undefined;
  for await (const state of reverseWalk({
    image: { width, height },
    seed,
    steps,
    run,
    coder,
    tail,
    halvedLevel,
  })) {
    yield { ...state, idealBits: coder.expectedBits.reduce((sum, bits) => sum + bits, 0) };
    coder.expectedBits = [];
  }
}

/** The decoder's {@link LayerCoder} for a layer of which only a part is there. */
class PartDecoder implements LayerCoder {
  readonly #partial: PartialLayer;
  readonly #parts: readonly PackedBits[];
  readonly #sampleSeed: number | undefined;
  /** Sum of ln sigma over the coefficients of tiles with bits, and their number. */
  #logs = 0;
  #count = 0;

  constructor(partial: PartialLayer, sampleSeed: number | undefined) {
    this.#partial = partial;
    this.#parts = partial.unpack();
    this.#sampleSeed = sampleSeed;
  }

  gainsOf(_layer: LayerModel, tile: number): Gains {
    return this.#partial.tiles[tile].gains ?? NO_GAINS;
  }

  codeOf(_layer: LayerModel, tile: number): TileCode {
    const { packed, bits: available } = this.#parts[tile];
    const message = { packed, bits: this.#partial.tiles[tile].bits, available };
    return { kind: 'receive part', message, ...defined({ sampleSeed: this.#sampleSeed }) };
  }

  coded(_tile: number, { y, logSigma }: TileResult): void {
    if (logSigma === undefined) return;
    this.#logs += logSigma * y.length;
    this.#count += y.length;
  }

  /** Geometric mean of the noise levels of all coefficients; undefined for a sample, which takes the whole step. */
  reached(): number | undefined {
    return this.#count === 0 ? undefined : Math.exp(this.#logs / this.#count);
  }
}

/**
 * Takes a part of a step: the state that follows from the first bits of a layer, and the decoder's estimate.
 *
 * @param step - the layer's step
 * @param from - the state before it
 * @param how - `sampleSeed`: the step is taken as a whole, and what is not known is drawn, with this seed of samples;
 *   `halvedLevel`: as of {@link LayerSource}
 */
export async function partialStep(
  { header }: Pick<ParsedStream, 'header'>,
  { step, partial }: { readonly step: LadderStep; readonly partial: PartialLayer },
  run: WalkRun,
  from: WalkState,
  { sampleSeed, halvedLevel }: { readonly sampleSeed?: number | undefined; readonly halvedLevel: number | undefined },
): Promise<WalkState> {
  const coder = new PartDecoder(partial, sampleSeed);
  const { width, height, seed } = header;
  const image = { width, height };
  const walk = reverseWalk({ image, seed, steps: [step], run, coder, resume: resumeAt(from), halvedLevel });
  let last = from;
  for await (const state of walk) last = state;
  return last;
}

function resumeAt({ layers, state, posterior, gains }: WalkState): Resume {
  return { layer: layers, state, posterior, gains };
}

/** Noise index at which sampling ends: the noise is below half a grey level. */
const SAMPLE_END_INDEX = -2000;

/**
 * Continues the reverse process without bits, with c ~ N(0, 1). The result is a sample of the pictures that fit the
 * layers so far, instead of their mean.
 *
 * @param from - the last state of {@link decodeWalk}
 * @param sampleSeed - seed of the samples, unsigned 32 bits
 * @param finest - pyramid level at which it ends, at most that of `from`
 */
export async function* sampleWalk(
  { header }: Pick<ParsedStream, 'header'>,
  run: WalkRun,
  from: WalkState,
  sampleSeed: number,
  finest = 0,
): AsyncGenerator<WalkState, void, void> {
  const coder: LayerCoder = { codeOf: () => ({ kind: 'sample', seed: sampleSeed }) };
  const image = { width: header.width, height: header.height };
  const steps = ladderFrom(from.level, from.index, header.stepEighths, SAMPLE_END_INDEX, finest);
  yield* reverseWalk({ image, seed: header.seed, steps, run, coder, resume: resumeAt(from) });
}
