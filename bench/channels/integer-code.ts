/**
 * Range-codes positive integers whose distribution is learned: the exponent by adaptive frequencies, the next LEARNED bits
 * by adaptive probabilities in the context of exponent and bits before, the rest as they are. Both sides know a class of each
 * integer, and each class has its own statistics.
 */
import { FenwickModel, type RangeDecoder, type RangeEncoder } from 'ddpm-codec/codec';
import { AdaptiveBits } from '#dist/codec/entropy/adaptive-bit.js';

/** Number of exponents. */
const EXPONENTS = 31;
/** Bits below the leading one that are learned. */
const LEARNED = 3;
/** What an integer adds to the frequency of its exponent. */
const INCREMENT = 16;
/** Decisions that a context remembers. */
const MEMORY = 250;

class Statistics {
  readonly exponents: FenwickModel = new FenwickModel(EXPONENTS, INCREMENT);
  readonly bits: AdaptiveBits = new AdaptiveBits(EXPONENTS << LEARNED, MEMORY);
}

/** Writes integers, or reads them. */
export class IntegerCode {
  readonly #classes: Map<number, Statistics> = new Map();

  #statistics(of: number): Statistics {
    const found = this.#classes.get(of) ?? new Statistics();
    this.#classes.set(of, found);
    return found;
  }

  /** Writes an integer, 1 .. 2^31 - 1. */
  write(encoder: RangeEncoder, of: number, value: number): void {
    const { exponents, bits } = this.#statistics(of);
    const exponent = 31 - Math.clz32(value);
    encoder.encode(exponents, exponent);
    exponents.update(exponent);
    const learned = Math.min(exponent, LEARNED);
    for (let i = 1, node = 1; i <= learned; i++) {
      const bit = (value >>> (exponent - i)) & 1;
      const context = (exponent << LEARNED) | node;
      encoder.encodeBit(bit, bits.probability(context));
      bits.update(context, bit);
      node = 2 * node + bit;
    }
    encoder.encodeRaw(value & (2 ** (exponent - learned) - 1), exponent - learned);
  }

  /** Reads what {@link write} wrote. */
  read(decoder: RangeDecoder, of: number): number {
    const { exponents, bits } = this.#statistics(of);
    const exponent = decoder.decode(exponents);
    exponents.update(exponent);
    const learned = Math.min(exponent, LEARNED);
    let node = 1;
    for (let i = 1; i <= learned; i++) {
      const context = (exponent << LEARNED) | node;
      const bit = decoder.decodeBit(bits.probability(context));
      bits.update(context, bit);
      node = 2 * node + bit;
    }
    const rest = exponent - learned;
    return node * 2 ** rest + decoder.decodeRaw(rest);
  }
}
