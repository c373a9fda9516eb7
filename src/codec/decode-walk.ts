/** The decoder's side of the reverse walk: code values from a parsed stream. */
import type { Model } from '../model/denoiser.ts';
import { fillGaussian, STREAM, streamKey } from './gaussian-table.ts';
import type { Header } from './header.ts';
import { type LadderStep, ladderFrom } from './ladder.ts';
import { type CodeSource, reverseWalk, type TileStep, type WalkState } from './reverse-walk.ts';
import type { ParsedLayer, ParsedStream } from './stream.ts';
import { decodePath } from './trellis/code.ts';

/** The state after a layer, with what the decoder expects the layer's ideal bits to be. */
export interface DecodeWalkState extends WalkState {
  /** KL(q || p) in bits as the model expects it; 0 before the first layer. */
  readonly idealBits: number;
}

/** -1/2 sum(ln r) in bits: the expectation of KL(q || p) if x is as the model expects. */
function expectedKlBits(residualVariance: Float32Array): number {
  let nats = 0;
  for (let i = 0; i < residualVariance.length; i++) nats -= Math.log(residualVariance[i]);
  return (0.5 * nats) / Math.LN2;
}

/** What a decoder reads the layers from; `layers` may grow while it walks. */
export interface LayerSource {
  readonly header: Pick<Header, 'width' | 'height' | 'seed'>;
  readonly steps: readonly LadderStep[];
  readonly layers: readonly Pick<ParsedLayer, 'tiles'>[];
}

/**
 * Walks down the layers of a stream: yields the picture before the first and after each. Stop after as many states as there are
 * layers, and one.
 */
export async function* decodeWalk(stream: LayerSource, model: Model): AsyncGenerator<DecodeWalkState, void, void> {
  const { header, steps, layers } = stream;
  let idealBits = 0;
  const source: CodeSource = {
    codeValues(tile: TileStep): Float32Array {
      const { packed, bits } = layers[tile.layer].tiles[tile.tile];
      const values = new Float32Array(tile.scale.length);
      const key = { seed: header.seed, layer: tile.layer, tile: tile.tile };
      decodePath({ packed, bits, key, spectrum: tile.spectrum }, values);
      idealBits += expectedKlBits(tile.residualVariance);
      return values;
    },
  };
  const image = { width: header.width, height: header.height };
  for await (const state of reverseWalk({ image, seed: header.seed, steps, model, source })) {
    yield { ...state, idealBits };
    idealBits = 0;
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
  model: Model,
  from: WalkState,
  sampleSeed: number,
): AsyncGenerator<WalkState, void, void> {
  const source: CodeSource = {
    codeValues({ layer, tile, scale }: TileStep): Float32Array {
      const values = new Float32Array(scale.length);
      fillGaussian(values, streamKey(sampleSeed, STREAM.sample, layer, tile));
      return values;
    },
  };
  const image = { width: header.width, height: header.height };
  const steps = ladderFrom(from.level, from.index, header.stepEighths, SAMPLE_END_INDEX);
  const resume = { layer: from.layers, state: from.state, posterior: from.posterior };
  yield* reverseWalk({ image, seed: header.seed, steps, model, source, resume });
}
