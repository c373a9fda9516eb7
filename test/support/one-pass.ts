/** A single pass over a tile, for tests of what a pass does. */
import type { LogSpectrum, TileKey } from '../../src/codec/transport/transport.ts';
import { allocatePasses, cutStages } from '../../src/codec/trellis/bit-allocation.ts';
import type { SearchTarget } from '../../src/codec/trellis/passes.ts';
import type { PathSearcher, SearchRoute } from '../../src/codec/trellis/path-search.ts';
import { interleave, PathReader, startRegister } from '../../src/codec/trellis/trellis-code.ts';

/** A target, with what the route through it depends on. */
export interface PassProblem extends SearchTarget {
  /** Number of bits. */
  readonly bits: number;
  readonly key: TileKey;
  readonly spectrum: LogSpectrum;
}

/** The route of one pass that has all bits, in proportion to what the spectrum expects at their rate. */
export function onePass({ bits, key, spectrum }: Omit<PassProblem, keyof SearchTarget>, n: number): SearchRoute {
  const order = interleave(n, key);
  const [first, second] = allocatePasses(spectrum, bits, n);
  const weights = second ? first.weights.map((weight, i) => weight + second.weights[i]) : first.weights;
  return { order, bits, stages: cutStages(order, { bits, weights }) };
}

/** Searches a path through one pass. */
export function searchPass(search: PathSearcher, problem: PassProblem): Uint8Array {
  return search.search(problem, onePass(problem, problem.target.length), startRegister(problem.key));
}

/** Code values of a path through one pass. */
export function decodePass(
  packed: Uint8Array,
  problem: Omit<PassProblem, keyof SearchTarget>,
  n: number,
): Float32Array {
  const route = onePass(problem, n);
  return new PathReader(packed, startRegister(problem.key), problem.bits).pass(route.order, route).values;
}
