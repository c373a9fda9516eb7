/** The decoder's side of the reverse walk: code values from a parsed stream. */
import type { Model } from '../model/denoiser.ts';
import { type CodeSource, reverseWalk, type TileStep, type WalkState } from './reverse-walk.ts';
import type { ParsedStream } from './stream.ts';
import { decodePath } from './trellis/code.ts';

/** The state after a layer, with the decoder's estimate of the layer's ideal bits. */
export interface DecodeWalkState extends WalkState {
  /** Estimate of KL(q || p) in bits from the code values; its expectation is the KL. 0 before the first layer. */
  readonly idealBits: number;
}

/** 1/2 sum(c^2 - 1 - ln r) in bits: with E[c^2] = a^2 + r under q, its expectation is KL(q || p). */
function estimateKlBits(values: Float32Array, residualVariance: Float32Array): number {
  let nats = 0;
  for (let i = 0; i < values.length; i++) nats += values[i] * values[i] - 1 - Math.log(residualVariance[i]);
  return (0.5 * nats) / Math.LN2;
}

/**
 * Walks down the layers that a stream holds and yields the picture before the first and after each: layers.length + 1 states.
 * Stop early to decode fewer layers.
 */
export async function* decodeWalk(stream: ParsedStream, model: Model): AsyncGenerator<DecodeWalkState, void, void> {
  const { header, steps, layers } = stream;
  let idealBits = 0;
  const source: CodeSource = {
    codeValues(tile: TileStep): Float32Array {
      const coded = layers[tile.layer].tiles[tile.tile];
      const values = new Float32Array(tile.scale.length);
      decodePath(coded.packed, coded.bits, { seed: header.seed, layer: tile.layer, tile: tile.tile }, values);
      idealBits += estimateKlBits(values, tile.residualVariance);
      return values;
    },
  };
  const image = { width: header.width, height: header.height };
  for await (const state of reverseWalk({ image, seed: header.seed, steps, model, source })) {
    yield { ...state, idealBits };
    if (state.layers === layers.length) return;
    idealBits = 0;
  }
}
