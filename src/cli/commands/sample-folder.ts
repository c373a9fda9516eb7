/** `ddpm-codec sample --out`: a file for each image, for sets of any size; resumes, and takes parts. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { defined } from '../../base/defined.ts';
import { DdpmError } from '../../base/errors.ts';
import { inShard } from '../../batch/shard.ts';
import { writeFileAtomic } from '../../storage/atomic-write.ts';
import { makeFolder } from '../../storage/make-folder.ts';
import { systemReason } from '../../storage/system-reason.ts';
import { printJson, usageError } from '../command-options.ts';
import { checkOutputPath } from '../files/output-name.ts';
import { claimFolder } from '../files/sample-manifest.ts';
import type { Library } from '../library.ts';
import type { CliIo } from '../terminal/cli-io.ts';
import { createProgressView } from '../terminal/progress-view.ts';
import { grouped, seconds } from '../terminal/text-format.ts';
import { reverseOptions } from './analyze-command.ts';
import type { SampleCommandOptions } from './sample-command-options.ts';

/** Digits of a file name, and the most images that they number. */
const DIGITS = 6;
const MAX_IMAGES = 10 ** DIGITS;
const DEFAULT_COUNT = 16;

/** Name of the file of an image. */
function fileName(number: number, format: string): string {
  return `${String(number).padStart(DIGITS, '0')}.${format}`;
}

/** Makes the images of a folder that are not there yet, or the shard's part of them. */
export async function sampleFolder(
  folder: string,
  options: SampleCommandOptions,
  library: Library,
  io: CliIo,
): Promise<void> {
  const { count = DEFAULT_COUNT, size, sampler, eta, shard, format = 'png', backend = 'wasm' } = options;
  checkOutputPath('--out', folder);
  if (!Number.isInteger(count) || count < 1 || count > MAX_IMAGES) {
    throw usageError(`--count expected integer 1..${MAX_IMAGES}, got ${count}`);
  }
  if (options.clobber === false)
    throw usageError('--no-clobber is not for --out, which keeps the images that are there');
  const startMs = io.now();
  const settings = { ...reverseOptions(options), ...defined({ sampler, eta, ...size }) };
  const described = await library.describeSampling(settings);
  library.assertHolds(format, { ...described, channels: 3 }, folder);
  makeFolder(folder);
  const numbers = Array.from({ length: count }, (_, i) => i);
  const there = new Set(namesIn(folder).filter((name) => /^\d+\./.test(name)));
  await claimFolder(folder, { ...described, version: library.version, backend, format }, there);
  const mine = shard ? numbers.filter((number) => inShard(fileName(number, format), shard)) : numbers;
  const missing = mine.filter((number) => !there.has(fileName(number, format)));
  let made = 0;
  const view = createProgressView('sample', options.quiet === true, io);
  try {
    const onProgress = ({ fraction }: { readonly fraction: number }): void => {
      view.update({ unit: 'image', step: made, steps: missing.length, fraction });
    };
    for await (const { number, image } of missing.length > 0
      ? library.sampleEach(missing, { ...settings, onProgress })
      : []) {
      const bytes = await library.writeImage(image, format);
      await writeFileAtomic(join(folder, fileName(number, format)), bytes, { replace: true });
      made++;
    }
  } finally {
    view.stop();
  }
  const existing = mine.length - missing.length;
  if (options.json) return printJson('sample', { ...described, out: folder, count, made, existing }, io);
  if (options.quiet) return;
  const { width, height, steps, networkRuns } = described;
  const what = `${grouped(made)} images made, ${grouped(existing)} were there`;
  const how = `${width} x ${height}, ${described.sampler}, ${steps} steps, ${networkRuns} network runs each`;
  io.stderr.write(`${folder}  ${what}  ${how}  ${seconds(io.now() - startMs)}\n`);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    const message = `cannot read the folder ${folder}: ${systemReason(cause)}. Check its permissions`;
    throw new DdpmError('ERR_DDPM_OUTPUT', message, { cause });
  }
}
