import {
  coarsestLevel,
  encodeWalk,
  ImagePyramid,
  inlineExecutor,
  ladder,
  nearestIndex,
  type Sender,
  type TransportProblem,
  trellisTransport,
  WalkRun,
} from 'ddpm-codec/codec';
import { firstTarget, type SearchTarget, secondTarget } from '#dist/codec/trellis/passes.js';
import { PathSearch, type PathSearcher } from '#dist/codec/trellis/path-search.js';
import { createPathSearch } from '#dist/codec/trellis/search-kernel.js';
import { PathReader, startRegister, tileRoute } from '#dist/codec/trellis/trellis-code.js';
import { openDefaultModel } from '../default-model.ts';
import { photograph } from './inputs.js';
import type { SearchSpeed } from './types.js';

// The defaults of `encode` for a photograph.
const BEAM_WIDTH = 512;
const STEP_EIGHTHS = 12;
/** The search is measured in the layer in which the stream reaches this rate. */
const BPP = 0.5;
/** Noise level at which the walk would end; the rate is reached before. */
const END_SIGMA = 0.02;
const KERNEL_RUNS = 3;

interface Layer {
  readonly number: number;
  readonly problems: readonly TransportProblem[];
}

/** Encodes the photograph up to the layer that reaches the rate, and returns the search problems of that layer. */
async function realLayer(): Promise<Layer> {
  const { width, height, data } = await photograph();
  const model = await openDefaultModel();
  const search = trellisTransport({ beamWidth: BEAM_WIDTH });
  let problems: TransportProblem[] = [];
  const transport: Sender = {
    name: search.name,
    convey(problem) {
      problems.push({ ...problem, target: problem.target.slice(), residualVariance: problem.residualVariance.slice() });
      return search.convey(problem);
    },
  };
  const image = new ImagePyramid({ width, height, channels: 3, data });
  const run = new WalkRun(inlineExecutor(model, transport));
  const steps = ladder(coarsestLevel(image), STEP_EIGHTHS, nearestIndex(END_SIGMA));
  let bits = 0;
  for await (const { layers, tiles } of encodeWalk({ run, image, seed: 0, steps })) {
    bits += tiles.reduce((sum, tile) => sum + tile.bits, 0);
    if (bits >= BPP * width * height) return { number: layers, problems };
    problems = [];
  }
  throw new Error('the photograph takes more bits than it did');
}

type Search = Parameters<PathSearcher['search']>;

/** What the searches of a tile's passes take; `paths` finds what the first one leaves to the second. */
function searchesOf(paths: PathSearcher, problem: TransportProblem): Search[] {
  const { order, passes } = tileRoute(problem, problem.target.length);
  let target: SearchTarget = passes.length === 1 ? problem : firstTarget(problem);
  let register = startRegister(problem.key);
  return passes.map((pass): Search => {
    const search: Search = [target, { order, ...pass }, register];
    const reader = new PathReader(paths.search(...search), register, pass.bits);
    target = secondTarget(problem, reader.pass(order, pass).values);
    register = reader.register;
    return search;
  });
}

function timeMs(paths: PathSearcher, searches: readonly Search[]): number {
  const start = performance.now();
  for (const search of searches) paths.search(...search);
  return performance.now() - start;
}

/**
 * Checks that kernel and reference find the same paths, then times both on all tiles of the layer. The time of the
 * kernel is the median of three runs, one before and two after the run of the reference.
 */
export async function measureSearch(): Promise<SearchSpeed> {
  const { number, problems } = await realLayer();
  const kernel = createPathSearch(BEAM_WIDTH);
  if (kernel.name !== 'wasm-simd') throw new Error(`the kernel does not start here; got the ${kernel.name}`);
  const reference = new PathSearch(BEAM_WIDTH);
  const searches = problems.flatMap((problem) => searchesOf(kernel, problem));
  const [first] = searches as [Search];
  if (Buffer.compare(kernel.search(...first), reference.search(...first)) !== 0) throw new Error('paths differ');
  const kernelTimes = [timeMs(kernel, searches)];
  const referenceMs = timeMs(reference, searches);
  while (kernelTimes.length < KERNEL_RUNS) kernelTimes.push(timeMs(kernel, searches));
  const kernelMs = kernelTimes.sort((a, b) => a - b)[KERNEL_RUNS >> 1] as number;
  return {
    layer: number,
    coefficients: problems.reduce((sum, { target }) => sum + target.length, 0),
    bits: searches.reduce((sum, [, { bits }]) => sum + bits, 0),
    beamWidth: BEAM_WIDTH,
    kernelMs,
    referenceMs,
    ratio: referenceMs / kernelMs,
  };
}
