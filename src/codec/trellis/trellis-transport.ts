/** The trellis code as a {@link Transport}: real bits, little more than the KL divergence. */
import type { Transport } from '../transport/transport.ts';
import { towardsDistortion } from './distortion-target.ts';
import { withoutBlocks } from './free-blocks.ts';
import type { PathSearcher } from './path-search.ts';
import { createPathSearch } from './search-kernel.ts';
import { decodePath, tileRoute } from './trellis-code.ts';

/** Options of {@link trellisTransport}. */
export interface TrellisOptions {
  /** Number of survivor paths M of the encoder's search, 1..4096; ignored by decoders. */
  readonly beamWidth: number;
}

/**
 * A transport whose bits name a path through the trellis code. Memory for the search is allocated when it is first
 * used.
 */
export function trellisTransport({ beamWidth }: TrellisOptions): Transport {
  let searcher: PathSearcher | undefined;
  return {
    name: 'trellis',
    convey(problem) {
      const n = problem.target.length;
      const route = tileRoute(problem, n);
      searcher ??= createPathSearch(beamWidth);
      const { freeBlocks, towardsPicture } = problem;
      const weighed = freeBlocks ? withoutBlocks(problem, freeBlocks) : problem;
      const aim = towardsPicture ? towardsDistortion(weighed) : weighed;
      const packed = searcher.search({ ...problem, ...aim }, route);
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
