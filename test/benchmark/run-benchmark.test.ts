/** The benchmark on two small pictures, in this process. */
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { diagnose } from '../../src/api/diagnose.ts';
import { RIVALS } from '../../src/benchmark/codecs/rivals.ts';
import {
  type BenchOptions,
  type BenchOutcome,
  type CodecName,
  measureShard,
  type Row,
  runBenchmark,
  summaryTables,
  toMarkdown,
} from '../../src/entry/bench.ts';
import { compareImages, encode, readImage } from '../../src/entry/index.ts';
import { ssimulacra2 } from '../../src/quality/ssimulacra2/ssimulacra2.ts';
import { writeBenchSet } from '../support/bench-set.ts';

const SETTINGS = { effort: 1, endSigma: 0.2, bpp: [2] };
const CODECS: readonly CodecName[] = ['ddpm', 'ddpm-file', 'ddpm-ideal', 'ddpm-lossless', 'jpeg', 'webp', 'png'];
const OPTIONS: BenchOptions = {
  codecs: CODECS,
  isolate: false,
  crops: 1,
  references: ['uqdm'],
  settings: SETTINGS,
  command: 'a <test>',
};

let folder = '';
let images = '';
let out = '';
let outcome: BenchOutcome;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ddpm-bench-run-'));
  images = await writeBenchSet(join(folder, 'set'));
  out = join(folder, 'out');
  outcome = await runBenchmark([images], out, OPTIONS);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const rowsOf = (codec: CodecName, image = 'left'): Row[] =>
  outcome.result.rows.filter((row) => row.codec === codec && row.image === image);

test.each([
  ['of the sizes of our own files, where there are no rivals and no layers', [1, 2, 4]],
  ['none where there is one size alone', [2]],
] as const)('crops: %s', async (_, bpp) => {
  const alone = join(folder, `alone-${bpp.length}`);
  const { failures } = await runBenchmark([join(images, 'left.png')], alone, {
    ...OPTIONS,
    codecs: ['ddpm-file'],
    settings: { ...SETTINGS, bpp },
  });
  expect(failures).toBe(0);
  expect(existsSync(join(alone, 'crops/crops.json'))).toBe(bpp.length > 1);
});

describe('rows', () => {
  test('of a rival are its real files', async () => {
    const jpeg = RIVALS[0];
    const original = await readImage(readFileSync(join(images, 'left.png')));
    expect(rowsOf('jpeg').map(({ setting }) => setting)).toEqual(jpeg.qualities.map((quality) => `q=${quality}`));
    const row = rowsOf('jpeg').find(({ setting }) => setting === 'q=60');
    const file = await jpeg.encode(original, 60);
    const decoded = await readImage(file);
    const { psnr, ssim, rmse } = compareImages(decoded, original);
    const looks = { ssimulacra2: ssimulacra2(original, decoded), lpips: null, dists: null };
    expect(row).toMatchObject({ bytes: file.length, psnr, ssim, rmse, msSsim: null, ...looks, kind: 'real' });
    expect(row?.bpp).toBeCloseTo((file.length * 8) / (40 * 24), 12);
    expect(row?.bitsPerDim).toBeCloseTo((file.length * 8) / (40 * 24 * 3), 12);
  });

  test('of ddpm are the prefixes of the file that encode makes', async () => {
    const original = await readImage(readFileSync(join(images, 'left.png')));
    const { info } = await encode(original, { effort: 1, endSigma: 0.2, reportPsnr: true });
    expect(rowsOf('ddpm').map(({ bytes, psnr, layer, sigma }) => ({ bytes, psnr, layer, sigma }))).toEqual(
      info.layers.map(({ cumulativeBytes: bytes, psnr, layer, sigma }) => ({ bytes, psnr, layer, sigma })),
    );
    const times = rowsOf('ddpm').map(({ encodeSeconds }) => encodeSeconds);
    expect([...times].sort((a, b) => a - b)).toEqual(times);
    expect(rowsOf('ddpm').every(({ fixedBytes }) => fixedBytes === info.headerBytes)).toBe(true);
  });

  test('whole files reach their goals; ideal rates have no files; lossless is exact', () => {
    const [file] = rowsOf('ddpm-file');
    expect(file.bpp).toBeLessThanOrEqual(2);
    expect(file.bpp).toBeGreaterThan(1.9);
    const ideal = rowsOf('ddpm-ideal');
    expect(ideal.map(({ sigma }) => sigma)).toEqual(rowsOf('ddpm').map(({ sigma }) => sigma));
    expect(ideal.every(({ kind, decodeSeconds }) => kind === 'ideal' && decodeSeconds === null)).toBe(true);
    expect(ideal[ideal.length - 1].bytes).toBeLessThan(rowsOf('ddpm')[ideal.length - 1].bytes);
    for (const codec of ['ddpm-lossless', 'png'] as const) {
      expect(rowsOf(codec)).toMatchObject([{ mse: 0, psnr: Number.POSITIVE_INFINITY, setting: 'lossless' }]);
    }
  });
});

describe('an interrupted run', () => {
  test('measures nothing twice, and only what is missing', async () => {
    expect(outcome.measured).toBe(outcome.result.rows.length);
    expect(outcome.failures).toBe(0);
    const again = await runBenchmark([images], out, OPTIONS);
    expect(again.measured).toBe(0);
    expect(again.result.rows).toEqual(outcome.result.rows);
    const more = await runBenchmark([images], out, { ...OPTIONS, codecs: ['jpeg', 'jxl-lossless'] });
    expect(more.measured).toBe(2);
    expect(more.result.codecs.map(({ codec }) => codec)).toEqual(['jpeg', 'jxl-lossless']);
  });

  test('an abort ends it with the signal’s reason', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(runBenchmark([images], join(folder, 'aborted'), { ...OPTIONS, signal })).rejects.toThrow('enough');
  });

  test('wrong options are refused by name', async () => {
    await expect(runBenchmark([images], out, { codecs: ['gif' as CodecName] })).rejects.toThrow(/^"codecs" expected/);
    await expect(runBenchmark([images], out, { codecs: ['png'], anchor: 'jpeg' })).rejects.toThrow(
      /^"anchor" expected/,
    );
    await expect(runBenchmark([images], out, { jobs: 0 })).rejects.toThrow(/^"jobs" expected/);
    await expect(runBenchmark([images], out, { references: ['nobody'] })).rejects.toThrow(/nobody/);
  });
});

describe('shards', () => {
  const options: BenchOptions = { ...OPTIONS, codecs: ['jpeg', 'png', 'ddpm'] };

  test('measure their images into files of their own, which a run in the same folder takes over', async () => {
    const shared = join(folder, 'shards');
    const outcomes = [];
    for (const index of [1, 2, 3]) outcomes.push(await measureShard([images], shared, { index, count: 3 }, options));
    expect(outcomes.reduce((sum, shard) => sum + shard.images, 0)).toBe(2);
    expect(outcomes.map(({ path }) => path)).toEqual([1, 2, 3].map((index) => join(shared, `rows-${index}-of-3.csv`)));
    for (const { rows, measured } of outcomes) expect(measured).toBe(rows);
    expect(existsSync(join(shared, 'report.html'))).toBe(false);
    const again = await measureShard([images], shared, { index: 1, count: 3 }, options);
    expect([again.measured, again.rows]).toEqual([0, outcomes[0].rows]);
    appendFileSync(join(shared, 'rows-1-of-3.csv'), 'left,0123,jp'); // as a shard that is at work
    const whole = await runBenchmark([images], shared, options);
    expect(whole.measured).toBe(0);
    expect(whole.result.rows).toHaveLength(outcomes.reduce((sum, { rows }) => sum + rows, 0));
    expect(readFileSync(join(shared, 'rows-1-of-3.csv'), 'utf8')).toMatch(/left,0123,jp$/);
    expect(existsSync(join(shared, 'report.html'))).toBe(true);
  });

  test('what they have not measured is measured', async () => {
    const shared = join(folder, 'some');
    const { rows } = await measureShard([images], shared, { index: 1, count: 2 }, { ...options, codecs: ['png'] });
    const whole = await runBenchmark([images], shared, { ...options, codecs: ['png'] });
    expect(whole.measured).toBe(2 - rows);
    const fresh = await runBenchmark([images], shared, { ...options, codecs: ['png'], fresh: true });
    expect(fresh.measured).toBe(2);
  });
});

describe('what is written', () => {
  const json = (name: string): unknown => JSON.parse(readFileSync(join(out, name), 'utf8'));

  test('results.json: means over the images, and deltas against the anchor', async () => {
    await runBenchmark([images], out, OPTIONS);
    const result = json('results.json') as BenchOutcome['result'];
    expect(result.schemaVersion).toBe(2);
    const jpeg = result.codecs.find(({ codec }) => codec === 'jpeg');
    const point = jpeg?.points.find(({ setting }) => setting === 'q=60');
    const both = [...rowsOf('jpeg'), ...rowsOf('jpeg', 'right')].filter(({ setting }) => setting === 'q=60');
    expect(both).toHaveLength(2);
    expect(point?.bpp).toBeCloseTo((both[0].bpp + both[1].bpp) / 2, 12);
    expect(point?.psnr).toBeCloseTo((both[0].psnr + both[1].psnr) / 2, 12);
    const mse = (both[0].mse + both[1].mse) / 2;
    expect(point?.psnrOfMeanMse).toBeCloseTo(10 * Math.log10(255 ** 2 / mse), 12);
    const fixed = (both[0].fixedBytes + both[1].fixedBytes) / 2;
    expect(point?.bppWithoutFixed).toBeCloseTo((point?.bpp ?? 0) - (fixed * 8) / 960, 12);
    expect(result.deltas.map(({ codec, anchor }) => [codec, anchor])).toEqual([
      ['ddpm', 'jpeg'],
      ['webp', 'jpeg'],
    ]);
    expect(result.ours.map(({ anchor }) => anchor)).toContain('UQDM (published)');
    expect(result.measures).toEqual([
      { measure: 'psnr', images: 2 },
      { measure: 'ssim', images: 2 },
      { measure: 'ssimulacra2', images: 2 },
    ]);
    expect(result.deltas[0].measures.map(({ measure, rate }) => [measure, rate?.spread?.pictures])).toEqual([
      ['psnr', 2],
      ['ssim', 2],
      ['ssimulacra2', 2],
    ]);
    expect(result.leftOut.join()).toContain(
      'MS-SSIM, MS-SSIM of luma: 2 of 2 pictures have none (a side below 176 pixels): left, right',
    );
  });

  test('a file for each codec in the form of CompressAI', () => {
    expect(readdirSync(join(out, 'compressai')).sort()).toEqual(
      [...CODECS, 'jxl-lossless'].map((name) => `${name}.json`).sort(),
    );
    const file = json('compressai/jpeg.json') as {
      name: string;
      description: string;
      results: Record<string, number[]>;
    };
    expect(Object.keys(file)).toEqual(['name', 'description', 'results']);
    expect(Object.keys(file.results)).toEqual(['bpp', 'psnr-rgb', 'encoding_time', 'decoding_time']);
    for (const list of Object.values(file.results)) expect(list).toHaveLength(RIVALS[0].qualities.length);
  });

  test('plots with axes and units, tables, and a report that refers to no other file', () => {
    const svg = readFileSync(join(out, 'plots/psnr.svg'), 'utf8');
    for (const text of ['PSNR (dB)', 'rate (bits per pixel, log scale)', 'ddpm-codec', 'UQDM (published)'])
      expect(svg).toContain(text);
    expect(existsSync(join(out, 'plots/ms-ssim.svg'))).toBe(false); // the pictures are too small
    const tables = summaryTables(outcome.result);
    expect(tables.every(({ head, rows }) => rows.every((row) => row.length === head.length))).toBe(true);
    const markdown = readFileSync(join(out, 'tables.md'), 'utf8');
    expect(markdown).toMatch(
      /^\*\*Left out\.\*\*\n\n- ddpm-codec, whole files, PSNR, SSIM, SSIMULACRA 2: 2 of 2 pictures have no curve/,
    );
    expect(markdown.endsWith(tables.map(toMarkdown).join('\n'))).toBe(true);
    const html = readFileSync(join(out, 'report.html'), 'utf8');
    expect(html).toContain('a &lt;test&gt;');
    expect(html).not.toMatch(/(?:src|href)="(?!data:)[^"#]/);
  });
});

describe('diagnose', () => {
  test('finds no problem in this installation, and reports a wrong model', async () => {
    const { healthy, checks, selfTest } = await diagnose();
    expect(healthy).toBe(true);
    expect(checks.map(({ name }) => name)).toEqual(expect.arrayContaining(['node', 'images', 'model', 'self-test']));
    expect(selfTest?.psnr).toBeGreaterThan(30);
    const broken = await diagnose({ model: join(folder, 'absent.safetensors') });
    expect(broken.healthy).toBe(false);
    expect(broken.selfTest).toBeNull();
    expect(broken.checks.filter(({ status }) => status === 'broken').map(({ name }) => name)).toEqual([
      'model',
      'self-test',
    ]);
  });
});
