/**
 * Fuzzes the decoder. docs/fuzzing.md.
 *
 *     npm run fuzz -- --cases 100000 --seed S [--first N] [--minutes N] [--threads N] [--out DIR] [--json FILE]
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { MIX } from './cases.ts';
import { type FuzzResult, fuzz } from './runner.ts';

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '2000' },
    seed: { type: 'string', default: 'ddpm' },
    first: { type: 'string', default: '0' },
    minutes: { type: 'string', default: '1440' },
    threads: { type: 'string', default: '2' },
    out: { type: 'string', default: '.scratch/fuzz' },
    json: { type: 'string' },
  },
});

function numberOf(name: 'cases' | 'first' | 'minutes' | 'threads', min: number): number {
  const value = Number(values[name]);
  if (!(value >= min)) throw new RangeError(`--${name} expected a number from ${min} up, got ${values[name]}`);
  return value;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function describe(result: FuzzResult): string {
  const { slowest } = result;
  const failures = result.failures.map(
    ({ number, target, origin, error, path }) =>
      `FAILED ${target} ${origin}: --seed ${values.seed} --first ${number} --cases 1\n  file ${path}\n  ${error.replaceAll('\n', '\n  ')}`,
  );
  const counts = Object.entries(result.counts).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    ...failures,
    `mix, of 10000: ${Object.entries(MIX)
      .map(([name, share]) => `${name} ${share}`)
      .join(', ')}`,
    ...counts.map(([key, count]) => `${String(count).padStart(8)}  ${key}`),
    `${result.done} cases of seed ${values.seed} in ${result.seconds.toFixed(0)} s, ${result.failures.length} failed`,
    `slowest: case ${slowest.number}, ${slowest.target} ${slowest.origin}, ${slowest.ms.toFixed(0)} ms`,
    `largest typed array ${megabytes(result.largestArray)}; most in sum in one case ${megabytes(result.largestSum)}`,
    `peak resident memory of the process ${megabytes(result.peakRssBytes)}`,
    '',
  ].join('\n');
}

let shownMs = performance.now();
const result = await fuzz({
  seed: values.seed,
  first: numberOf('first', 0),
  cases: numberOf('cases', 1),
  threads: numberOf('threads', 1),
  minutes: numberOf('minutes', 0),
  // A case takes milliseconds, but on a busy machine a thread may have to wait.
  deadlineMs: 60_000,
  heapMb: 256,
  out: values.out,
  onProgress(done, failures) {
    if (performance.now() - shownMs < 10_000) return;
    shownMs = performance.now();
    process.stderr.write(`${done} cases, ${failures} failed\n`);
  },
});
if (values.json !== undefined) {
  mkdirSync(dirname(values.json), { recursive: true });
  writeFileSync(values.json, `${JSON.stringify(result)}\n`);
}
process.stdout.write(describe(result));
process.exitCode = result.failures.length > 0 ? 1 : 0;
