/** Writes streams: header, chunks, layers (one string of bits), tail. docs/format.md. */
import { concatBytes } from '../../base/concat-bytes.ts';
import { lengthCodeLength, writeLength } from '../dithered/length-code.ts';
import { type TailSection, writeTail } from '../tail/tail-section.ts';
import { BitWriter } from './bits.ts';
import { budgetCodeLength, writeBudget } from './budget-code.ts';
import { BudgetPredictor } from './budget-predictor.ts';
import { type Chunks, chunksLength, writeChunks } from './chunks.ts';
import { type CodedTile, TILE_CRC_BITS, type TileSize, tileCrc } from './coded-tile.ts';
import { type Header, writeHeader } from './header.ts';
import { writeInterleaved } from './interleaved-bits.ts';
import type { LadderStep } from './noise-ladder.ts';
import { gainsCodeLength, NO_GAINS, writeGains } from './variance-gains.ts';

/** Header and chunks as bytes: the shortest prefix that can be decoded. */
export function streamStart(header: Omit<Header, 'chunks'>, chunks: Chunks): Uint8Array {
  return concatBytes(writeHeader({ ...header, chunks: chunks.size > 0 }), writeChunks(chunks));
}

/** Length in bytes of {@link streamStart}. */
export function startLength(header: Omit<Header, 'chunks'>, chunks: Chunks): number {
  return writeHeader({ ...header, chunks: chunks.size > 0 }).length + chunksLength(chunks);
}

/** Fields of the header that the layers depend on. */
export type LayerFraming = Pick<Header, 'width' | 'height' | 'checksums' | 'dithered'>;

/** Writes layers one by one, so that an encoder always knows their length; the header is written at the end. */
export class StreamWriter {
  readonly #framing: LayerFraming;
  readonly #out: BitWriter = new BitWriter();
  readonly #predictor: BudgetPredictor;

  constructor(framing: LayerFraming) {
    this.#framing = framing;
    this.#predictor = new BudgetPredictor(framing);
  }

  /** Number of bits of the layers so far. */
  get length(): number {
    return this.#out.length;
  }

  /** Number of bits that a layer of such tiles would take; `fine` as in {@link addLayer}. */
  layerLength(step: LadderStep, tiles: readonly TileSize[], fine: boolean): number {
    const { checksums, dithered } = this.#framing;
    const perTile = checksums ? TILE_CRC_BITS : 0;
    return this.#predictor.context(step).reduce((sum, { predicted, gains: predictedGains }, i) => {
      const { bits, gains = NO_GAINS } = tiles[i];
      const code = dithered
        ? lengthCodeLength(bits, predicted)
        : gainsCodeLength(gains, predictedGains) + budgetCodeLength(bits, predicted, fine);
      return sum + code + bits + perTile;
    }, 0);
  }

  /**
   * Appends a layer.
   *
   * @param tiles - in the order of cutCanvas
   * @param fine - true: the budgets are fine ones, as in the last layer of a stream with a free end
   */
  addLayer(step: LadderStep, tiles: readonly CodedTile[], fine: boolean): void {
    for (const [i, { predicted, gains }] of this.#predictor.context(step).entries()) {
      const tile = tiles[i];
      if (this.#framing.dithered) writeLength(this.#out, tile.bits, predicted);
      else {
        writeGains(this.#out, tile.gains ?? NO_GAINS, gains);
        writeBudget(this.#out, tile.bits, predicted, fine);
      }
    }
    writeInterleaved(this.#out, tiles);
    if (this.#framing.checksums) for (const tile of tiles) this.#out.write(tileCrc(tile), TILE_CRC_BITS);
    this.#predictor.learn(step, tiles);
  }

  /** The stream: header, chunks, layers, and the tail if there is one. */
  bytes(header: Omit<Header, 'chunks' | 'tail'>, chunks: Chunks = new Map(), tail?: TailSection): Uint8Array {
    const start = streamStart({ ...header, ...(tail && { tail: true }) }, chunks);
    return concatBytes(start, this.#out.bytes(), ...(tail ? [writeTail(tail)] : []));
  }
}
