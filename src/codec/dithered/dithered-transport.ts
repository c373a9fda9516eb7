/** The dithered quantiser as a {@link Transport}: real bits, as many as its integers take. */
import type { Transport } from '../transport/transport.ts';
import { decodeDithered, encodeDithered } from './dithered-code.ts';

/** A transport of universally quantised values; it cannot be told how many bits to spend. */
export function ditheredTransport(): Transport {
  return {
    name: 'dithered',
    convey(problem) {
      const values = new Float32Array(problem.target.length);
      const packed = encodeDithered(problem, problem.target, values);
      return { values, packed, bits: packed.length * 8 };
    },
    receive(tile, { packed }) {
      const values = new Float32Array(tile.residualVariance.length);
      decodeDithered(tile, packed, values);
      return values;
    },
  };
}
