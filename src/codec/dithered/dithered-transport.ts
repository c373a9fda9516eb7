/** The dithered quantiser as a {@link Channel}: real bits, as many as its integers take. */
import type { Channel, ChannelProblem, Conveyed } from '../transport/transport.ts';
import { encodeDithered } from './dithered-code.ts';

/** A channel of universally quantised values; it cannot be told how many bits to spend. */
export function ditheredChannel(): Channel {
  return {
    name: 'dithered',
    convey(problem: ChannelProblem): Conveyed {
      const values = new Float32Array(problem.target.length);
      const packed = encodeDithered(problem, problem.target, values);
      return { values, packed, bits: packed.length * 8 };
    },
  };
}
