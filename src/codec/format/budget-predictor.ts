/** What the budgets of a layer's tiles are predicted from. docs/format.md, "Budgets". */
import { canvasSize, cutCanvas, type Size, TILE } from '../grid/geometry.ts';
import { type BudgetHistory, predictedIndex, typicalBits16 } from './budget-code.ts';
import type { LadderStep } from './noise-ladder.ts';

/** What is known of a tile before its budget. */
export interface TileContext {
  /** Coefficients of the tile. */
  readonly n: number;
  /** Grid point that the budget's code is relative to. */
  readonly predicted: number;
}

/** Predicts tile by tile from the layer before it at the same level, and from that layer as a whole across levels. */
export class BudgetPredictor {
  readonly #image: Size;
  #level = -1;
  #tiles: BudgetHistory[] = [];

  /** @param image - size of the image that is coded */
  constructor(image: Size) {
    this.#image = image;
  }

  #coefficients(step: LadderStep): number[] {
    return cutCanvas(canvasSize(this.#image, step.level), TILE).map((rect) => rect.width * rect.height * 3);
  }

  /** What is known of each tile of a layer, in the order of cutCanvas. */
  context(step: LadderStep): TileContext[] {
    const whole = this.#tiles.reduce(
      (sum, tile) => ({ bits: sum.bits + tile.bits, typical16: sum.typical16 + tile.typical16 }),
      { bits: 0, typical16: 0 },
    );
    const across = this.#level < 0 ? undefined : whole;
    return this.#coefficients(step).map((n, i) => {
      const history = this.#level === step.level ? this.#tiles[i] : across;
      return { n, predicted: predictedIndex(typicalBits16(n, step), history) };
    });
  }

  /** Takes note of the budgets that the tiles of a layer have got. */
  learn(step: LadderStep, tiles: readonly { readonly bits: number }[]): void {
    const counts = this.#coefficients(step);
    this.#level = step.level;
    this.#tiles = tiles.map(({ bits }, i) => ({ bits, typical16: typicalBits16(counts[i], step) }));
  }
}
