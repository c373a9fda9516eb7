/** The contract between models and the range coder: integers only. docs/design/range-coder.md. */

/** Largest total of the frequencies of a model. */
export const MAX_TOTAL: number = 2 ** 16;

/**
 * A distribution over the symbols 0 .. symbols - 1, as integer frequencies. The intervals [start, start + size) of the symbols
 * lie one after the other and fill 0 .. total - 1 exactly; every size is at least 1.
 */
export interface EntropyModel {
  /** Number of symbols. */
  readonly symbols: number;
  /** Sum of all frequencies, 1 .. {@link MAX_TOTAL}; of an adaptive model, at this moment. */
  readonly total: number;
  /** Sum of the frequencies of all symbols below. */
  start(symbol: number): number;
  /** Frequency of a symbol. */
  size(symbol: number): number;
  /** The symbol whose interval holds `quantile`, 0 .. total - 1. */
  lookup(quantile: number): number;
}

/** A model that learns: encoder and decoder tell it every symbol after it was coded. */
export interface AdaptiveModel extends EntropyModel {
  /** Takes note of a symbol. */
  update(symbol: number): void;
}
