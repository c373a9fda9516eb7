/** The dithered quantiser as a {@link Transport}. A tile takes as many bits as its integers need. */
import type { Transport } from '../transport/transport.ts';
import { decodeDithered, encodeDithered } from './dithered-code.ts';

/** A transport by universal quantisation. It ignores the budget of a tile. */
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
