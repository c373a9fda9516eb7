/** Runs cases in a worker thread, which the runner ends if a case hangs. */
import { parentPort, workerData } from 'node:worker_threads';
import { allocated, countAllocations } from './allocations.ts';

countAllocations();
const { CaseMaker } = await import('./cases.ts');
const { DdpmError } = await import('../../src/base/errors.ts');
const { exitCodeOfError } = await import('../../src/cli/exit-codes.ts');

/** Data that a worker gets when it starts. */
export interface WorkerTask {
  readonly seed: string;
  /** Shared with the runner. [0]: number of the current case; [1]: its start in ms since the start of the runner. */
  readonly clock: Int32Array;
  readonly startMs: number;
  /** Faults to commit instead of cases, by number of the case; they test whether the runner detects them. */
  readonly planted?: Readonly<Record<number, PlantedFault>>;
}

/** A fault that no decoder may have. */
export type PlantedFault = 'hang' | 'array' | 'error' | 'exit';

/** A failed case. */
export interface Failure {
  readonly number: number;
  readonly target: string;
  readonly origin: string;
  readonly error: string;
  readonly bytes: Uint8Array;
}

/** Results of a range of cases. */
export interface Report {
  /** Number of cases by target and outcome: `ok`, an error code, or `FAILED`. */
  readonly counts: Readonly<Record<string, number>>;
  readonly failures: readonly Failure[];
  readonly slowest: { readonly number: number; readonly ms: number; readonly target: string; readonly origin: string };
  /** Largest typed array, in bytes. */
  readonly largestArray: number;
  /** Largest sum of all typed arrays of a case, in bytes. */
  readonly largestSum: number;
}

/** Limit of a typed array: the largest array that the largest accepted picture needs, plus a multiple of the input. */
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
    // The memory of the network does not depend on the bytes.
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
