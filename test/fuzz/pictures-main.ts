/**
 * Encodes pictures of every kind, and checks the size of the files and the PSNR of the layers. docs/fuzzing.md.
 *
 *     npm run fuzz:pictures -- --pictures 100000 --seed S [--first N] [--minutes N]
 */
import { parseArgs } from 'node:util';
import { checkCase } from '../robustness/encode-any-picture.ts';

const { values } = parseArgs({
  options: {
    pictures: { type: 'string', default: '2000' },
    seed: { type: 'string', default: 'ddpm' },
    first: { type: 'string', default: '0' },
    minutes: { type: 'string', default: '1440' },
  },
});
const [pictures, first, minutes] = [Number(values.pictures), Number(values.first), Number(values.minutes)];
const start = performance.now();
const counts = new Map<string, number>();
let failed = 0;
let done = 0;
let shownMs = start;
for (let number = first; number < first + pictures; number++) {
  if (performance.now() - start > minutes * 60_000) break;
  done++;
  const { kind, failure } = await checkCase(values.seed, number);
  counts.set(kind, (counts.get(kind) ?? 0) + 1);
  if (failure !== undefined) {
    failed++;
    process.stdout.write(`FAILED ${failure}\n`);
  }
  if (performance.now() - shownMs < 10_000) continue;
  shownMs = performance.now();
  process.stderr.write(`${done} pictures, ${failed} failed\n`);
}
for (const [kind, count] of [...counts].sort()) process.stdout.write(`${String(count).padStart(8)}  ${kind}\n`);
process.stdout.write(`${done} pictures of seed ${values.seed}, ${failed} failed\n`);
process.exitCode = failed > 0 ? 1 : 0;
