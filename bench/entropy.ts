/**
 * Compares the range coder, with a static model of 16 symbols, with the npm package arithmetic-coding. Checks the
 * decoded message before anything is timed.
 *
 *   npm run bench:entropy -- [--symbols 2000000]
 */
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { RangeDecoder, RangeEncoder, StaticModel } from 'ddpm-codec/codec';
import seedrandom from 'seedrandom';

const { values } = parseArgs({ options: { symbols: { type: 'string', default: '2000000' } } });
const COUNT = Number(values.symbols);
const FREQUENCIES = [4000, 2500, 1600, 1000, 700, 450, 300, 200, 130, 90, 60, 40, 25, 15, 8, 4];
/** Number of symbols for the other package, which is slow. */
const RIVAL_COUNT = Math.min(COUNT, 200_000);
const ROUNDS = 5;

const model = new StaticModel(FREQUENCIES);
const random = seedrandom('bench/entropy');
const message = Uint8Array.from({ length: COUNT }, () => model.lookup(Math.floor(random() * model.total)));
const entropy = FREQUENCIES.reduce((sum, f) => sum - (f / model.total) * Math.log2(f / model.total), 0);

function encode(): Uint8Array {
  const encoder = new RangeEncoder();
  for (let i = 0; i < COUNT; i++) encoder.encode(model, message[i]);
  return encoder.finish();
}

/** Decodes the message and returns the number of wrong symbols. */
function decode(bytes: Uint8Array): number {
  const decoder = new RangeDecoder(bytes);
  let wrong = 0;
  for (let i = 0; i < COUNT; i++) if (decoder.decode(model) !== message[i]) wrong++;
  return wrong;
}

const require = createRequire(import.meta.url);
const ArithmeticEncoder = require('arithmetic-coding/src/arithmetic-encoder.js');
const FrequencyTable = require('arithmetic-coding/src/frequency-table.js');

/** Encodes with the other package and returns the number of bits. */
function rival(): number {
  let bits = 0;
  const encoder = new ArithmeticEncoder(31, { write: () => void bits++, close: () => {} });
  const table = new FrequencyTable([...FREQUENCIES]);
  for (let i = 0; i < RIVAL_COUNT; i++) encoder.write(table, message[i]);
  encoder.finish();
  return bits;
}

/** Highest speed of all rounds, in million symbols a second. */
function speed(count: number, run: () => unknown): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    run();
    best = Math.min(best, performance.now() - start);
  }
  return count / best / 1000;
}

const bytes = encode();
if (decode(bytes) !== 0) throw new Error('the message was not decoded to what it was');
const rivalBits = rival();
console.log(`${COUNT} symbols of 16, entropy ${entropy.toFixed(4)} bits`);
console.log(`range coder        ${((bytes.length * 8) / COUNT).toFixed(4)} bits a symbol`);
console.log(`arithmetic-coding  ${(rivalBits / RIVAL_COUNT).toFixed(4)} bits a symbol`);
console.log(
  `range coder        encode ${speed(COUNT, encode).toFixed(1)}, decode ${speed(COUNT, () => decode(bytes)).toFixed(1)} M symbols/s`,
);
console.log(`arithmetic-coding  encode ${speed(RIVAL_COUNT, rival).toFixed(2)} M symbols/s`);
