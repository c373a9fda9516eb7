/** Facts about a million names in little memory. */
import { createHash, randomBytes } from 'node:crypto';

const FIRST_CAPACITY = 1024;
const LARGEST_LOAD = 0.75;
const GROWTH = 1.5;
/** Largest value. */
export const MAX_VALUE = 254;

/**
 * A map from texts to integers 0..254 that keeps a hash of 64 bits for each text: 9 bytes a slot, of which a half to three quarters are in use. Two
 * of a million texts have the same hash with a probability of 3e-8; the hash is keyed, so that nobody can choose such texts.
 */
export class CompactMap {
  readonly #salt: Buffer = randomBytes(16);
  /** Hashes of a slot's text, in two words. */
  #words = new Uint32Array(2 * FIRST_CAPACITY);
  /** Values of the slots, plus 1; 0: the slot is free. */
  #values = new Uint8Array(FIRST_CAPACITY);
  #size = 0;

  /** Number of texts. */
  get size(): number {
    return this.#size;
  }

  /** Value of a text; undefined if it has none. */
  get(text: string): number | undefined {
    const value = this.#values[this.#slotOf(...this.#hash(text))] as number;
    return value === 0 ? undefined : value - 1;
  }

  /** @param value - integer 0..254 */
  set(text: string, value: number): void {
    if (!Number.isInteger(value) || value < 0 || value > MAX_VALUE) {
      throw new RangeError(`"value" expected an integer 0..${MAX_VALUE}, got ${value}`);
    }
    if (this.#size >= LARGEST_LOAD * this.#values.length) this.#grow();
    this.#put(...this.#hash(text), value + 1);
  }

  #hash(text: string): [number, number] {
    const digest = createHash('sha256').update(this.#salt).update(text).digest();
    return [digest.readUInt32LE(0), digest.readUInt32LE(4)];
  }

  /** The slot that has a hash, or else the free one where it would be. */
  #slotOf(low: number, high: number): number {
    const capacity = this.#values.length;
    let slot = low % capacity;
    while (this.#values[slot] !== 0 && (this.#words[2 * slot] !== low || this.#words[2 * slot + 1] !== high)) {
      slot = slot + 1 === capacity ? 0 : slot + 1;
    }
    return slot;
  }

  #put(low: number, high: number, stored: number): void {
    const slot = this.#slotOf(low, high);
    if (this.#values[slot] === 0) this.#size++;
    this.#words[2 * slot] = low;
    this.#words[2 * slot + 1] = high;
    this.#values[slot] = stored;
  }

  #grow(): void {
    const [words, values] = [this.#words, this.#values];
    const capacity = Math.ceil(values.length * GROWTH);
    this.#words = new Uint32Array(2 * capacity);
    this.#values = new Uint8Array(capacity);
    this.#size = 0;
    for (let slot = 0; slot < values.length; slot++) {
      if (values[slot] !== 0)
        this.#put(words[2 * slot] as number, words[2 * slot + 1] as number, values[slot] as number);
    }
  }
}
