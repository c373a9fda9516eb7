/** The trellis code as a {@link Transport}: real bits, at nearly the price of the KL divergence. */
import type { Transport } from '../transport/transport.ts';
import { towardsDistortion } from './distortion-target.ts';
import type { PathSearcher } from './path-search.ts';
import { createPathSearch } from './search-kernel.ts';
import { decodePath, tileRoute } from './trellis-code.ts';

/** How hard the encoder tries. */
export interface TrellisOptions {
  /** Survivor paths M, 1..4096; decoders need none. */
  readonly beamWidth: number;
}

/** A transport whose bits name a path through the trellis code. Its search takes memory when it is first used. */
export function trellisTransport({ beamWidth }: TrellisOptions): Transport {
  let paths: PathSearcher | undefined;
  return {
    name: 'trellis',
    convey(problem) {
      const n = problem.target.length;
      const route = tileRoute(problem, n);
      paths ??= createPathSearch(beamWidth);
      const aim = problem.towardsPicture ? { ...problem, ...towardsDistortion(problem) } : problem;
      const packed = paths.search(aim, route);
      const values = new Float32Array(n);
      decodePath({ ...problem, packed }, values, route);
      return { values, packed };
    },
    receive({ residualVariance, key, spectrum }, { packed, bits }) {
      const values = new Float32Array(residualVariance.length);
      decodePath({ packed, bits, key, spectrum }, values);
      return values;
    },
  };
}
