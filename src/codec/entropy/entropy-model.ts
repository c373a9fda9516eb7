/** Interface between models and the range coder; all frequencies are integers. docs/design/range-coder.md. */

/** Largest total of the frequencies of a model. */
export const MAX_TOTAL: number = 2 ** 16;

/**
 * A distribution over the symbols 0 .. symbols - 1, as integer frequencies. The intervals [start, start + size) of the
 * symbols lie one after the other and fill 0 .. total - 1 exactly; every size is at least 1.
 */
export interface EntropyModel {
  /** Number of symbols. */
  readonly symbols: number;
  /** Sum of all frequencies, 1 .. 2^16 (`MAX_TOTAL`); of an adaptive model, the current one. */
  readonly total: number;
  /** Sum of the frequencies of all smaller symbols. */
  start(symbol: number): number;
  /** Frequency of a symbol. */
  size(symbol: number): number;
  /** The symbol whose interval holds `quantile`, 0 .. total - 1. */
  lookup(quantile: number): number;
}

/** A model that adapts: encoder and decoder update it with every symbol, after coding it. */
export interface AdaptiveModel extends EntropyModel {
  /** Updates the frequencies with a symbol. */
  update(symbol: number): void;
}
