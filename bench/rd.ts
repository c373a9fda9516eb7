/**
 * Measures rate and distortion: our codec and others on 128 CIFAR-10 test images, 12 Kodak photographs, and 20 made graphics
 * (bench/graphics.ts).
 *
 *   npm run bench:rd -- [--set cifar10|kodak|graphics] [--ours] [--jobs N] [--limit N] [--out DIR]
 *
 * Continues an interrupted run (DIR/SET/rows.csv, default out/bench). Complete runs write into docs/figures: plots,
 * SET.md with all tables, and the measurement data/SET.json. --ours measures our own codec alone and writes only rows. Takes 20
 * minutes for CIFAR-10, 40 for Kodak and 15 for graphics on one core.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type BenchOptions, type CodecName, runBenchmark } from 'ddpm-codec/bench';
import sharp from 'sharp';
import { DEFAULT_MODEL } from './default-model.ts';
import { DATA_FOLDER, writeMeasurement } from './documents/measurement.ts';
import { readGraphics } from './graphics.ts';

interface BenchSet {
  readonly title: string;
  readonly inputs: readonly string[];
  /** Makes the inputs. */
  readonly prepare?: () => Promise<void>;
  readonly options: BenchOptions;
  /** Plots to publish: their names in `plots/`, and the names of the copies in docs/figures. */
  readonly figures: Readonly<Record<string, string>>;
}

const FIGURES = 'docs/figures';
const CODECS: readonly CodecName[] = [
  'ddpm',
  'ddpm-file',
  'ddpm-ideal',
  'ddpm-lossless',
  'jpeg',
  'webp',
  'avif',
  'jxl',
  'png',
  'webp-lossless',
  'jxl-lossless',
];

/** Leaves out `ddpm-file`, which encodes anew for each rate, and lossless codecs, which bench/lossless.ts measures. */
const KODAK_CODECS: readonly CodecName[] = ['ddpm', 'ddpm-ideal', 'jpeg', 'webp', 'avif', 'jxl'];

/** Folder of the made graphics. */
const GRAPHICS = 'out/bench/graphics-pictures';

/** Whole files at each rate: some pictures have no pyramid, so that layers of different pictures do not compare. */
const GRAPHICS_CODECS: readonly CodecName[] = CODECS.filter((name) => name !== 'ddpm' && name !== 'ddpm-ideal');

/** Writes the graphics as PNG files. */
async function writeGraphics(): Promise<void> {
  mkdirSync(GRAPHICS, { recursive: true });
  for (const [i, { data, width, height, channels }] of (await readGraphics(20)).entries()) {
    const raw = { width, height, channels };
    await sharp(data, { raw }).toFile(`${GRAPHICS}/graphic-${String(i + 1).padStart(2, '0')}.png`);
  }
}

/** Our own codec as `--ours` measures it: lossless files are measured by bench/lossless.ts. */
const OURS = /^ddpm(-file|-ideal)?$/;

const SETS: Readonly<Record<string, BenchSet>> = {
  cifar10: {
    title: 'CIFAR-10, the first 128 test images, 32 x 32',
    inputs: ['test/images/cifar10-test-128.bin'],
    options: {
      codecs: CODECS,
      references: ['uqdm', 'ddpm-paper'],
      settings: { effort: 5, endSigma: 0.0126, bpp: [0.5, 1, 2, 4] },
    },
    figures: {
      psnr: 'cifar10-psnr',
      'psnr-without-fixed-cost': 'cifar10-psnr-without-fixed-cost',
      ssim: 'cifar10-ssim',
    },
  },
  kodak: {
    title: 'Kodak, 12 photographs, 768 x 512',
    inputs: ['test/images/kodak'],
    options: { codecs: KODAK_CODECS, settings: { effort: 5, endSigma: 0.03 } },
    figures: {
      psnr: 'kodak-psnr',
      'ms-ssim': 'kodak-ms-ssim',
      ssimulacra2: 'kodak-ssimulacra2',
      images: 'kodak-images',
    },
  },
  graphics: {
    title: 'Graphics, 20 made pictures, 256 x 256',
    inputs: [GRAPHICS],
    prepare: writeGraphics,
    options: { codecs: GRAPHICS_CODECS, settings: { effort: 5, bpp: [0.25, 0.5, 0.75, 1, 1.5] } },
    figures: { psnr: 'graphics-psnr' },
  },
};

const { values } = parseArgs({
  options: {
    set: { type: 'string', multiple: true, default: Object.keys(SETS) },
    jobs: { type: 'string', default: '1' },
    limit: { type: 'string' },
    ours: { type: 'boolean', default: false },
    out: { type: 'string', default: 'out/bench' },
  },
});

let failures = 0;
for (const name of values.set) {
  const set = SETS[name];
  if (!set) throw new Error(`no set ${name}; there are ${Object.keys(SETS).join(', ')}`);
  const folder = `${values.out}/${name}`;
  await set.prepare?.();
  const outcome = await runBenchmark(set.inputs, folder, {
    ...set.options,
    ...(values.ours && { codecs: set.options.codecs?.filter((codec) => OURS.test(codec)) ?? [] }),
    jobs: Number(values.jobs),
    ...(values.limit !== undefined && { limit: Number(values.limit) }),
    command: 'npm run bench:rd',
    onProgress: ({ done, total, codec, image }) => console.log(`${name}: ${done}/${total} ${codec} ${image}`),
    onWarning: (warning) => console.error(`warning: ${warning}`),
  });
  failures += outcome.failures;
  console.log(`${folder}: ${outcome.result.rows.length} rows, ${outcome.measured} new, ${outcome.failures} failures`);
  // Incomplete results must not get into docs/figures.
  if (values.limit !== undefined || values.ours || outcome.failures > 0) continue;
  mkdirSync(FIGURES, { recursive: true });
  for (const [plot, figure] of Object.entries(set.figures)) {
    for (const extension of ['svg', 'png']) {
      const source = `${folder}/plots/${plot}.${extension}`;
      if (existsSync(source)) copyFileSync(source, `${FIGURES}/${figure}.${extension}`);
    }
  }
  const { machine } = outcome.result;
  const processes = machine.jobs === 1 ? 'one process on one thread' : `${machine.jobs} processes, each on one thread`;
  const where = `${machine.cpu}, Node ${machine.node}, ${processes}.`;
  const { rows: _, ...report } = outcome.result;
  writeMeasurement(`${DATA_FOLDER}/${name}.json`, `npm run bench:rd -- --set ${name}`, report);
  const tables = readFileSync(`${folder}/tables.md`, 'utf8');
  writeFileSync(
    `${FIGURES}/${name}.md`,
    `## ${set.title}\n\nMade by \`npm run bench:rd\` with ${DEFAULT_MODEL.name}. ${where}\n\n${tables}`,
  );
}
process.exitCode = failures > 0 ? 1 : 0;
