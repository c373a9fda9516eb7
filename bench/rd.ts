/**
 * Every rate-distortion figure of docs/figures.md: our codec and the others on 128 CIFAR-10 test images and 12 Kodak photographs.
 *
 *   npm run bench:rd -- [--set cifar10|kodak] [--jobs N] [--limit N] [--out DIR]
 *
 * Goes on where it was stopped (DIR/SET/rows.csv, default out/bench). Whole runs write docs/figures: plots, SET.md with all tables
 * and SET-part.md, the part of them for docs/figures.md. Takes 10 minutes for CIFAR-10 and half an hour for Kodak on two cores.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  type BenchOptions,
  type BenchResult,
  runBenchmark,
  summaryTables,
  type Table,
  toMarkdown,
} from 'ddpm-codec/bench';

interface BenchSet {
  readonly title: string;
  readonly inputs: readonly string[];
  readonly options: BenchOptions;
  /** Plots that are kept: name in `plots/` and in docs/figures. */
  readonly figures: Readonly<Record<string, string>>;
}

const FIGURES = 'docs/figures';
const CODECS: BenchOptions['codecs'] = [
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

/** Without whole files at a rate, which take an encoding each, and without lossless ones, which bench/lossless.ts counts. */
const KODAK_CODECS: BenchOptions['codecs'] = ['ddpm', 'ddpm-ideal', 'jpeg', 'webp', 'avif', 'jxl'];

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
    options: { codecs: KODAK_CODECS, settings: { effort: 5 } },
    figures: { psnr: 'kodak-psnr', 'ms-ssim': 'kodak-ms-ssim', images: 'kodak-images' },
  },
};

const { values } = parseArgs({
  options: {
    set: { type: 'string', multiple: true, default: Object.keys(SETS) },
    jobs: { type: 'string', default: '1' },
    limit: { type: 'string' },
    out: { type: 'string', default: 'out/bench' },
  },
});

/** The columns of the tables in docs/figures.md, by table; a table that is not named here is only in SET.md. */
const SHOWN_TABLES: readonly (readonly [title: RegExp, columns: RegExp])[] = [
  [/^PSNR at equal rate/, /./],
  [/ against the others$/, /^(against|BD-rate|valid for PSNR|BD-rate without|BD-rate at MS|images)/],
  [/^Lossless$/, /./],
  [/^Time and memory$/, /./],
  [/layer by layer$/, /./],
];

function withColumns(table: Table, wanted: RegExp): Table {
  const kept = table.head
    .map((name, i) => (wanted.test(name) && name !== 'BD-rate of single images' ? i : -1))
    .filter((i) => i >= 0);
  const some = table.rows.filter((row) => kept.slice(1).some((i) => row[i] !== '–'));
  const empty = kept.filter((i) => some.every((row) => row[i] === '–'));
  const columns = kept.filter((i) => !empty.includes(i));
  return { ...table, head: columns.map((i) => table.head[i]), rows: some.map((row) => columns.map((i) => row[i])) };
}

/** What docs/figures.md says of a set: its plots and tables. */
function figuresSection({ title, figures }: BenchSet, result: BenchResult): string {
  const plots = Object.values(figures).map((name) => `![${title}: ${name}](figures/${name}.svg)`);
  const tables = SHOWN_TABLES.flatMap(([wanted, columns]) =>
    summaryTables(result)
      .filter((table) => wanted.test(table.title))
      .map((table) => toMarkdown(withColumns(table, columns))),
  );
  return [`## ${title}`, '', ...plots, '', ...tables].join('\n');
}

let failures = 0;
for (const name of values.set) {
  const set = SETS[name];
  if (!set) throw new Error(`no set ${name}; there are ${Object.keys(SETS).join(', ')}`);
  const folder = `${values.out}/${name}`;
  const outcome = await runBenchmark(set.inputs, folder, {
    ...set.options,
    jobs: Number(values.jobs),
    ...(values.limit !== undefined && { limit: Number(values.limit) }),
    command: 'npm run bench:rd',
    onProgress: ({ done, total, codec, image }) => console.log(`${name}: ${done}/${total} ${codec} ${image}`),
    onWarning: (warning) => console.error(`warning: ${warning}`),
  });
  failures += outcome.failures;
  console.log(`${folder}: ${outcome.result.rows.length} rows, ${outcome.measured} new, ${outcome.failures} failures`);
  if (values.limit !== undefined || outcome.failures > 0) continue; // docs/figures shall not show a part of a set
  mkdirSync(FIGURES, { recursive: true });
  for (const [plot, figure] of Object.entries(set.figures)) {
    for (const extension of ['svg', 'png']) {
      const source = `${folder}/plots/${plot}.${extension}`;
      if (existsSync(source)) copyFileSync(source, `${FIGURES}/${figure}.${extension}`);
    }
  }
  const { machine } = outcome.result;
  const where = `${machine.cpu}, Node ${machine.node}, ${machine.jobs} processes at a time, each on one thread.`;
  writeFileSync(`${FIGURES}/${name}-part.md`, figuresSection(set, outcome.result));
  const tables = readFileSync(`${folder}/tables.md`, 'utf8');
  writeFileSync(`${FIGURES}/${name}.md`, `## ${set.title}\n\nMade by \`npm run bench:rd\`. ${where}\n\n${tables}`);
}
process.exitCode = failures > 0 ? 1 : 0;
