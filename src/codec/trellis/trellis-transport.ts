/** The trellis code as a {@link Transport}: real bits, little more than the KL divergence. */
import { BLOCK_COEFFICIENTS } from '../math/whitening.ts';
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
 * Tiles of up to SMALL_TILE coefficients are searched with at least SMALL_WIDTH paths: in them few coefficients decide, and a search
 * takes little time.
 */
const SMALL_TILE = 4 * BLOCK_COEFFICIENTS;
const SMALL_WIDTH = 1024;

/**
 * A transport whose bits name a path through the trellis code. Memory for the search is allocated when it is first
 * used.
 */
export function trellisTransport({ beamWidth }: TrellisOptions): Transport {
  const searchers: Map<number, PathSearcher> = new Map();
  const searcherFor = (n: number): PathSearcher => {
    const width = n <= SMALL_TILE ? Math.max(beamWidth, SMALL_WIDTH) : beamWidth;
    const searcher = searchers.get(width) ?? createPathSearch(width);
    searchers.set(width, searcher);
    return searcher;
  };
  return {
    name: 'trellis',
    convey(problem) {
      const n = problem.target.length;
      const route = tileRoute(problem, n);
      const { freeBlocks, towardsPicture } = problem;
      const weighed = freeBlocks ? withoutBlocks(problem, freeBlocks) : problem;
      const aim = towardsPicture ? towardsDistortion(weighed) : weighed;
      const packed = searcherFor(n).search({ ...problem, ...aim }, route);
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
