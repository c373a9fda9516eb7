/** Predicts the budgets of a layer's tiles. docs/format.md, "Budgets". */
import { canvasSize, cutCanvas, type Size, TILE } from '../grid/geometry.ts';
import { type BudgetHistory, predictedIndex, typicalBits16 } from './budget-code.ts';
import type { TileSize } from './coded-tile.ts';
import type { LadderStep } from './noise-ladder.ts';
import { type Gains, type LayerGains, NO_GAINS, predictGains } from './variance-gains.ts';

/** What is known of a tile before its budget is read. */
export interface TileContext {
  /** Number of coefficients of the tile. */
  readonly n: number;
  /** Number of the predicted grid point, from which the budget's code is a difference. */
  readonly predicted: number;
  /** Variance gains that are predicted. */
  readonly gains: Gains;
}

/** Predicts from the same tile of the layer before; from that whole layer if it is of another pyramid level. */
export class BudgetPredictor {
  readonly #image: Size;
  #gains: LayerGains | undefined;
  #level = -1;
  #tiles: BudgetHistory[] = [];

  /** @param image - size of the image that is coded */
  constructor(image: Size) {
    this.#image = image;
  }

  #coefficients(step: LadderStep): number[] {
    return cutCanvas(canvasSize(this.#image, step.level), TILE).map((rect) => rect.width * rect.height * 3);
  }

  /** Size and prediction of each tile of a layer, in the order of cutCanvas. */
  context(step: LadderStep): TileContext[] {
    const whole = this.#tiles.reduce(
      (sum, tile) => ({ bits: sum.bits + tile.bits, typical16: sum.typical16 + tile.typical16 }),
      { bits: 0, typical16: 0 },
    );
    const otherLevel = this.#level < 0 ? undefined : whole;
    const gains = predictGains(this.#image, step.level, this.#gains);
    return this.#coefficients(step).map((n, i) => {
      const history = this.#level === step.level ? this.#tiles[i] : otherLevel;
      return { n, predicted: predictedIndex(typicalBits16(n, step), history), gains: gains[i] };
    });
  }

  /** Records the budgets and gains of a layer's tiles. */
  learn(step: LadderStep, tiles: readonly TileSize[]): void {
    const counts = this.#coefficients(step);
    this.#level = step.level;
    this.#gains = { level: step.level, tiles: tiles.map(({ gains = NO_GAINS }) => gains) };
    this.#tiles = tiles.map(({ bits }, i) => ({ bits, typical16: typicalBits16(counts[i], step) }));
  }
}
