/** The trellis code as a {@link Transport}: real bits, little more than the KL divergence. */
import { BitWriter } from '../format/bits.ts';
import { BLOCK_COEFFICIENTS } from '../math/whitening.ts';
import type { Transport } from '../transport/transport.ts';
import { distortionEmphasis } from './distortion-target.ts';
import { withoutBlocks } from './free-blocks.ts';
import { FIRST_SHARE, firstScale, firstTarget, joinPasses, type SearchTarget, secondTarget } from './passes.ts';
import type { PathSearcher } from './path-search.ts';
import { createPathSearch } from './search-kernel.ts';
import { decodePath, PathReader, startRegister, tileRoute } from './trellis-code.ts';

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
      const { freeBlocks, towardsPicture } = problem;
      const sample = freeBlocks ? withoutBlocks(problem, freeBlocks) : problem;
      const emphasis = towardsPicture && { emphasis: distortionEmphasis(sample.residualVariance) };
      const searcher = searcherFor(n);
      const packed = new BitWriter();
      let register = startRegister(problem.key);
      const known: Float32Array[] = [];
      const { order, passes } = tileRoute(problem, n);
      for (const pass of passes) {
        const target = passTarget(sample, passes.length, known);
        const bits = searcher.search({ ...target, ...emphasis }, { order, ...pass }, register);
        const reader = new PathReader(bits, register, pass.bits);
        known.push(reader.pass(order, pass).values);
        register = reader.register;
        packed.writePacked(bits, pass.bits);
      }
      return { values: join(problem.residualVariance, known), packed: packed.bytes() };
    },
    receive({ residualVariance, key, spectrum }, { packed, bits }) {
      const { passes } = decodePath({ packed, bits, key, spectrum }, residualVariance.length);
      return join(
        residualVariance,
        passes.map(({ values }) => values),
      );
    },
    receivePart({ residualVariance, key, spectrum }, { packed, bits, available }) {
      const n = residualVariance.length;
      const values = new Float32Array(n);
      const share = new Float32Array(n);
      const { passes, order } = decodePath({ packed, bits, key, spectrum }, n, available);
      const [first, second] = passes;
      for (const i of order.subarray(0, first.visited)) {
        values[i] = second ? firstScale(residualVariance[i]) * first.values[i] : first.values[i];
        share[i] = second ? FIRST_SHARE : 1;
      }
      if (!second) return { values, share };
      const c = joinPasses(residualVariance, first.values, second.values);
      for (const i of order.subarray(0, second.visited)) {
        values[i] = c[i];
        share[i] = 1;
      }
      return { values, share };
    },
  };
}

/** What the next pass of a layer aims at, after those whose code values are known. */
function passTarget(layer: SearchTarget, passes: number, known: readonly Float32Array[]): SearchTarget {
  if (passes === 1) return layer;
  return known.length === 0 ? firstTarget(layer) : secondTarget(layer, known[0]);
}

/** c of a layer, from the code values of its passes. */
function join(residualVariance: Float32Array, [first, second]: readonly Float32Array[]): Float32Array {
  return second ? joinPasses(residualVariance, first, second) : first;
}
