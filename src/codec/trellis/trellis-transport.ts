/** The trellis code as a {@link Channel}: real bits, at nearly the price of the KL divergence. */
import type { Channel, ChannelProblem, Conveyed } from '../transport/transport.ts';
import { createPathSearch } from './search-kernel.ts';
import { decodePath, tileRoute } from './trellis-code.ts';

/** How hard the encoder tries. */
export interface TrellisOptions {
  /** Survivor paths M, 1..4096. */
  readonly beamWidth: number;
}

/** A channel whose bits name a path through the trellis code. */
export function trellisChannel({ beamWidth }: TrellisOptions): Channel {
  const paths = createPathSearch(beamWidth);
  return {
    name: 'trellis',
    convey(problem: ChannelProblem): Conveyed {
      const n = problem.target.length;
      const route = tileRoute(problem, n);
      const packed = paths.search(problem, route);
      const values = new Float32Array(n);
      decodePath({ ...problem, packed }, values, route);
      return { values, packed };
    },
  };
}
