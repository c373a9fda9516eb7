/** Distributes ranges of cases to workers, and ends workers that hang or use too much memory. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { CaseMaker } from './cases.ts';
import type { Failure, Report, WorkerTask } from './worker.ts';

/** Options of a run. */
export interface FuzzOptions {
  readonly seed: string;
  /** Cases first .. first + cases - 1. */
  readonly first: number;
  readonly cases: number;
  readonly threads: number;
  /** Longest duration of the run. If it is exceeded, the results so far are reported. */
  readonly minutes: number;
  /** A case that takes longer counts as hanging. */
  readonly deadlineMs: number;
  /** Largest JavaScript heap of a worker. */
  readonly heapMb: number;
  /** Folder for the inputs of failed cases. */
  readonly out: string;
  readonly onProgress?: (done: number, failures: number) => void;
  /** See worker.ts. */
  readonly planted?: WorkerTask['planted'];
}

/** Result of a run. */
export interface FuzzResult {
  readonly done: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly failures: readonly (Omit<Failure, 'bytes'> & { readonly path: string })[];
  readonly slowest: Report['slowest'];
  readonly largestArray: number;
  readonly largestSum: number;
  readonly peakRssBytes: number;
  readonly seconds: number;
}

const RANGE = 50;
const POLL_MS = 100;
const START_DEADLINE_MS = 600_000;

/** Sums of the reports so far. */
class Tally {
  done = 0;
  readonly counts: Record<string, number> = {};
  readonly failures: Failure[] = [];
  slowest: Report['slowest'] = { number: 0, ms: 0, target: '', origin: '' };
  largestArray = 0;
  largestSum = 0;

  add(report: Report, cases: number): void {
    this.done += cases;
    for (const [key, count] of Object.entries(report.counts)) this.counts[key] = (this.counts[key] ?? 0) + count;
    this.failures.push(...report.failures);
    if (report.slowest.ms > this.slowest.ms) this.slowest = report.slowest;
    this.largestArray = Math.max(this.largestArray, report.largestArray);
    this.largestSum = Math.max(this.largestSum, report.largestSum);
  }
}

/** Runs one worker at a time, and replaces it if it had to be ended. */
class Lane {
  readonly #options: FuzzOptions;
  readonly #startMs = Date.now();
  readonly #clock = new Int32Array(new SharedArrayBuffer(8));
  #worker: Worker | undefined;

  constructor(options: FuzzOptions) {
    this.#options = options;
  }

  /** Runs a range; `died` tells at which case the worker ended, and why. */
  async run(from: number, to: number): Promise<Report | { died: number; why: string }> {
    try {
      this.#worker ??= await this.#start();
      const worker = this.#worker;
      Atomics.store(this.#clock, 1, Date.now() - this.#startMs);
      Atomics.store(this.#clock, 0, from);
      worker.postMessage({ from, to });
      return (await this.#answer(worker, this.#options.deadlineMs)) as Report;
    } catch (error) {
      await this.close();
      return { died: Atomics.load(this.#clock, 0), why: (error as Error).message };
    }
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  async #start(): Promise<Worker> {
    const { seed, heapMb, planted } = this.#options;
    const worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData: { seed, clock: this.#clock, startMs: this.#startMs, ...(planted && { planted }) },
      resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 },
    });
    this.#worker = worker; // set now, so that a worker that does not start is ended, too
    worker.on('error', () => {}); // ignores errors of a worker that is being ended; #answer handles others
    Atomics.store(this.#clock, 1, Date.now() - this.#startMs);
    await this.#answer(worker, START_DEADLINE_MS);
    return worker;
  }

  /** The next message of the worker, or the reason why there is none. */
  #answer(worker: Worker, deadlineMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const timer = setInterval(() => {
        const ms = Date.now() - this.#startMs - Atomics.load(this.#clock, 1);
        if (ms > deadlineMs) finish(() => reject(new Error(`no end after ${ms} ms`)));
      }, POLL_MS);
      const onMessage = (message: unknown): void => finish(() => resolve(message));
      const onError = (error: Error): void => finish(() => reject(error));
      const onExit = (): void => finish(() => reject(new Error('the worker ended')));
      const finish = (settle: () => void): void => {
        clearInterval(timer);
        worker.off('message', onMessage).off('exit', onExit).off('error', onError);
        settle();
      };
      worker.once('message', onMessage).once('exit', onExit);
      worker.once('error', onError);
    });
  }
}

/** Runs cases, and writes the inputs of failed cases to files. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const start = performance.now();
  const endMs = start + options.minutes * 60_000;
  const tally = new Tally();
  const last = options.first + options.cases;
  let next = options.first;
  const lane = async (): Promise<void> => {
    const place = new Lane(options);
    while (next < last && performance.now() < endMs) {
      const to = Math.min(last, next + RANGE);
      let from = next;
      next = to;
      while (from < to) from = await runRange(place, from, to, tally, options.seed);
      options.onProgress?.(tally.done, tally.failures.length);
    }
    await place.close();
  };
  await Promise.all(Array.from({ length: options.threads }, lane));
  const { done, counts, slowest, largestArray, largestSum } = tally;
  const peakRssBytes = process.resourceUsage().maxRSS * 1024;
  const seconds = (performance.now() - start) / 1000;
  const failures = tally.failures.map((failure) => store(failure, options));
  return { done, counts, failures, slowest, largestArray, largestSum, peakRssBytes, seconds };
}

/** Runs the rest of a range and returns where to continue: after its end, or after the case that ended the worker. */
async function runRange(place: Lane, from: number, to: number, tally: Tally, seed: string): Promise<number> {
  const answer = await place.run(from, to);
  if (!('died' in answer)) {
    tally.add(answer, to - from);
    return to;
  }
  // Runs the cases before it again to count them; they did not end the worker.
  if (answer.died > from) await runRange(place, from, answer.died, tally, seed);
  const { target, origin, bytes } = (await CaseMaker.open(seed)).make(answer.died);
  tally.done++;
  tally.counts[`${target} FAILED`] = (tally.counts[`${target} FAILED`] ?? 0) + 1;
  tally.failures.push({ number: answer.died, target, origin, bytes, error: answer.why });
  return answer.died + 1;
}

function store({ bytes, ...failure }: Failure, { out, seed }: FuzzOptions): FuzzResult['failures'][number] {
  mkdirSync(out, { recursive: true });
  const path = join(out, `${seed}-${failure.number}-${failure.target}.bin`);
  writeFileSync(path, bytes);
  return { ...failure, path };
}
