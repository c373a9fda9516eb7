/**
 * Universal quantisation with subtractive dither (Ziv 1985) of a reverse step; its integers are range-coded. This is
 * the transport of Yang, Will & Mandt, "Progressive Compression with Universally Quantized Diffusion Models" (2025).
 * docs/format.md, "Dithered code".
 *
 * In whitened coordinates q is the uniform distribution of variance r around a, and p is N(0, 1 - r) convolved with it.
 * The dither is known to both sides. The integer k names the value c = (k + dither) w, and c - a is uniform whatever a
 * is.
 */
import { RangeDecoder } from '../entropy/range-decoder.ts';
import { RangeEncoder } from '../entropy/range-encoder.ts';
import { hash, STREAM, streamKey } from '../math/gaussian-table.ts';
import { BLOCK_COEFFICIENTS } from '../math/whitening.ts';
import type { TileKey } from '../transport/transport.ts';
import { Neighbourhood } from './neighbourhood.ts';
import { type BinaryCoder, LARGEST_MAGNITUDE, ScaleMixture } from './scale-mixture.ts';

/**
 * Most bits of a message per coefficient: 24 decisions (zero, sign, 11 to double, 11 to halve) of at most 16 bits each,
 * and some for rounding.
 */
export const MAX_DITHERED_BITS_PER_COEFFICIENT = 400;

/** Least prior variance of a: the spacing of binary32 numbers just below 1. */
const LEAST_VARIANCE = 2 ** -24;

/** Dither of coefficient `i`, in (-1/2, 1/2). */
export function dither(key: number, i: number): number {
  return ((hash(key, i) >>> 0) + 0.5) / 2 ** 32 - 0.5;
}

/** Key of a tile's dither stream. */
export function ditherKey({ seed, layer, tile }: TileKey): number {
  return streamKey(seed, STREAM.dither, layer, tile);
}

/** Quantisation step w: the width of the uniform distribution whose variance is r. */
export function quantisationStep(residualVariance: number): number {
  return Math.sqrt(12 * residualVariance);
}

/** The integer k that names the value nearest to a, clipped to -4095 .. 4095. */
export function quantise(a: number, step: number, ditherValue: number): number {
  const k = Math.floor(a / step - ditherValue + 0.5);
  return Math.min(Math.max(k, -LARGEST_MAGNITUDE), LARGEST_MAGNITUDE);
}

/** What encoder and decoder both know of a tile. */
export interface DitheredTile {
  /** r in (0, 1], in canonical order. */
  readonly residualVariance: Float32Array;
  readonly key: TileKey;
  /** 8x8 blocks side by side in the tile. */
  readonly blocksWide: number;
}

/**
 * Codes all coefficients of a tile.
 *
 * @param coder - writes the encoder's decisions, or reads those of a message
 * @param target - a, in canonical order; undefined for a decoder
 * @param out - receives c
 */
function codeTile(
  { residualVariance, key, blocksWide }: DitheredTile,
  coder: BinaryCoder,
  target: Float32Array | undefined,
  out: Float32Array,
): void {
  const stream = ditherKey(key);
  const mixture = new ScaleMixture();
  const neighbours = new Neighbourhood(out.length, blocksWide);
  for (let block = 0, base = 0; base < out.length; block++, base += BLOCK_COEFFICIENTS) {
    for (let i = 0; i < BLOCK_COEFFICIENTS; i++) {
      const at = base + i;
      const step = quantisationStep(residualVariance[at]);
      const variance = Math.max(1 - residualVariance[at], LEAST_VARIANCE);
      const offset = dither(stream, at);
      const quantised = target ? quantise(target[at], step, offset) : 0;
      const deviation = Math.sqrt(variance) * neighbours.width(block, base, i);
      const k = mixture.code(coder, quantised, offset, step / deviation);
      const c = (k + offset) * step;
      out[at] = c;
      neighbours.learn(at, c, variance);
    }
    neighbours.endBlock(base);
  }
}

/**
 * Quantises and codes a tile.
 *
 * @param target - a, in canonical order; values beyond 4095 quantisation steps are clipped
 * @param out - receives c, the values that the decoder will get
 * @returns the message; the decoder must know its length
 */
export function encodeDithered(tile: DitheredTile, target: Float32Array, out: Float32Array): Uint8Array {
  const encoder = new RangeEncoder();
  const coder: BinaryCoder = {
    code(bit, probability) {
      encoder.encodeBit(bit, probability);
      return bit;
    },
  };
  codeTile(tile, coder, target, out);
  return encoder.finish();
}

/**
 * Decodes a tile. Any message, also a damaged one, decodes to some values.
 *
 * @param out - receives c
 */
export function decodeDithered(tile: DitheredTile, message: Uint8Array, out: Float32Array): void {
  const decoder = new RangeDecoder(message);
  codeTile(tile, { code: (_bit, probability) => decoder.decodeBit(probability) }, undefined, out);
}
