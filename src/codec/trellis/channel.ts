/** The trellis code as a {@link Channel}: real bits, at nearly the price of the KL divergence. */
import { type Channel, type ChannelProblem, type Conveyed, klBits } from '../channel.ts';
import { nearestBudget } from '../side-info.ts';
import { decodePath, MAX_BITS_PER_STAGE } from './code.ts';
import { PathSearch } from './search.ts';

/** Bits spent over KL: the optimum is flat from 1.0 to 1.1 (codec.md, section 5). */
const GAMMA = 1.05;

/** How hard the encoder tries. */
export interface TrellisOptions {
  /** Survivor paths M, 1..4096. */
  readonly beamWidth: number;
  /** Bits spent over KL; default 1.05. */
  readonly gamma?: number;
}

/** A channel whose bits name a path through the trellis code. */
export function trellisChannel({ beamWidth, gamma = GAMMA }: TrellisOptions): Channel {
  const paths = new PathSearch(beamWidth);
  return {
    name: 'trellis',
    convey(problem: ChannelProblem): Conveyed {
      const { target, residualVariance, key } = problem;
      const idealBits = klBits(problem);
      const bits = nearestBudget(Math.min(gamma * idealBits, target.length * MAX_BITS_PER_STAGE));
      const packed = paths.search({ target, residualVariance, bits, key });
      const values = new Float32Array(target.length);
      decodePath(packed, bits, key, values);
      return { values, idealBits, bits, packed };
    },
  };
}
