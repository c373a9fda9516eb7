/**
 * A second range decoder, written from docs/design/range-coder.md, with unlimited exact integers and without
 * renormalisation of the offset.
 */

/** Frequencies of a model: [start, size] of each symbol, and their total. */
export interface ReferenceModel {
  readonly intervals: readonly (readonly [number, number])[];
  readonly total: number;
}

/** Decodes a message of one symbol for each model. */
export function decodeReference(bytes: Uint8Array, models: readonly ReferenceModel[]): number[] {
  const byteAt = (i: number): bigint => BigInt(i < bytes.length ? bytes[i] : 0);
  let value = 0n;
  let read = 0;
  const readByte = (): void => {
    value = value * 256n + byteAt(read++);
  };
  for (let i = 0; i < 4; i++) readByte();
  let low = 0n;
  let range = 2n ** 32n - 1n;
  const symbols: number[] = [];
  for (const { intervals, total } of models) {
    const edge = (count: number): bigint => low + (range * BigInt(count)) / BigInt(total);
    const symbol = intervals.findIndex(([start, size]) => edge(start) <= value && value < edge(start + size));
    if (symbol < 0) throw new Error('the message is in no interval');
    const [start, size] = intervals[symbol];
    const from = edge(start);
    range = edge(start + size) - from;
    low = from;
    while (range < 2n ** 24n) {
      low *= 256n;
      range *= 256n;
      readByte();
    }
    symbols.push(symbol);
  }
  return symbols;
}
