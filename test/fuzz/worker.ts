/** Runs cases in a thread of its own, which the runner ends if one hangs. */
import { parentPort, workerData } from 'node:worker_threads';
import { allocated, countAllocations } from './allocations.ts';

countAllocations();
const { CaseMaker } = await import('./cases.ts');
const { DdpmError } = await import('../../src/base/errors.ts');
const { exitCodeOfError } = await import('../../src/cli/exit-codes.ts');

/** What a worker is told to do. */
export interface WorkerTask {
  readonly seed: string;
  /** [0]: number of the case in work, [1]: when it began, in ms since the runner did. Shared with the runner. */
  readonly clock: Int32Array;
  readonly startMs: number;
  /** Faults to commit in place of cases, by number: what the runner must see is tested with them. */
  readonly planted?: Readonly<Record<number, PlantedFault>>;
}

/** A fault that no decoder may have. */
export type PlantedFault = 'hang' | 'array' | 'error' | 'exit';

/** A case that did what no case may do. */
export interface Failure {
  readonly number: number;
  readonly target: string;
  readonly origin: string;
  readonly error: string;
  readonly bytes: Uint8Array;
}

/** What came of a range of cases. */
export interface Report {
  /** Cases by target and outcome: `ok`, or the error's code. */
  readonly counts: Readonly<Record<string, number>>;
  readonly failures: readonly Failure[];
  readonly slowest: { readonly number: number; readonly ms: number; readonly target: string; readonly origin: string };
  /** The largest typed array, and the most that one case asked for in sum. */
  readonly largestArray: number;
  readonly largestSum: number;
}

/** Typed arrays may not be larger than what the largest accepted picture needs at once, and a multiple of the input. */
const ARRAY_LIMIT = 32 * 2 ** 20;
const ARRAY_BYTES_PER_BYTE = 64;

const { seed, clock, startMs, planted = {} } = workerData as WorkerTask;
const cases = await CaseMaker.open(seed);

const PLANTED: Readonly<Record<PlantedFault, () => unknown>> = {
  hang() {
    for (;;) Atomics.load(clock, 0);
  },
  array: () => new Float32Array(2 ** 30),
  error() {
    throw new RangeError('planted');
  },
  exit: () => process.exit(3),
};

function isAllowed(error: unknown): error is InstanceType<typeof DdpmError> {
  return error instanceof DdpmError && Object.hasOwn(exitCodeOfError, error.code);
}

async function outcomeOf(run: () => unknown): Promise<{ code: string } | { error: string }> {
  try {
    await run();
    return { code: 'ok' };
  } catch (error) {
    if (isAllowed(error)) return { code: error.code };
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

async function runRange(from: number, to: number): Promise<Report> {
  const counts: Record<string, number> = {};
  const failures: Failure[] = [];
  let slowest: Report['slowest'] = { number: from, ms: 0, target: '', origin: '' };
  let [largestArray, largestSum] = [0, 0];
  for (let number = from; number < to; number++) {
    const { target, origin, bytes, run } = cases.make(number);
    Atomics.store(clock, 1, Date.now() - startMs);
    Atomics.store(clock, 0, number);
    Object.assign(allocated, { largest: 0, sum: 0, limit: ARRAY_LIMIT + ARRAY_BYTES_PER_BYTE * bytes.length });
    const start = performance.now();
    const outcome = await outcomeOf(number in planted ? PLANTED[planted[number]] : run);
    const ms = performance.now() - start;
    if (ms > slowest.ms) slowest = { number, ms, target, origin };
    // The network's own memory is no matter of the bytes.
    if (target !== 'decode-model' && target !== 'model') {
      largestArray = Math.max(largestArray, allocated.largest);
      largestSum = Math.max(largestSum, allocated.sum);
    }
    allocated.limit = Number.POSITIVE_INFINITY;
    const key = `${target} ${'code' in outcome ? outcome.code : 'FAILED'}`;
    counts[key] = (counts[key] ?? 0) + 1;
    if ('error' in outcome) failures.push({ number, target, origin, error: outcome.error, bytes });
  }
  return { counts, failures, slowest, largestArray, largestSum };
}

parentPort?.on('message', async ({ from, to }: { from: number; to: number }) => {
  parentPort?.postMessage(await runRange(from, to));
});
parentPort?.postMessage('ready');
