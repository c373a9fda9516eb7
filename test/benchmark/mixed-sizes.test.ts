/** The benchmark on pictures of different sizes: two crops of photographs, eight CIFAR-10 pictures and a screenshot. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RowFile } from '../../src/benchmark/measure/row-file.ts';
import { Pchip } from '../../src/benchmark/report/pchip.ts';
import { type BenchOutcome, type CodecName, type Row, runBenchmark, summaryTables } from '../../src/entry/bench.ts';

const CODECS: readonly CodecName[] = ['ddpm', 'jpeg', 'webp'];
const PICTURES = 11;
let folder = '';
let outcome: BenchOutcome;
let rows: readonly Row[];
const warnings: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ddpm-mixed-'));
  const set = join(folder, 'set');
  mkdirSync(set);
  const crop = (path: string, left: number, top: number, width: number, height: number): Promise<unknown> =>
    sharp(`test/images/${path}`)
      .extract({ left, top, width, height })
      .toFile(join(set, path.replaceAll('/', '-')));
  await crop('kodak/kodim03.png', 300, 150, 96, 64);
  await crop('kodak/kodim05.png', 200, 150, 176, 176);
  await crop('cases/ui.png', 40, 40, 96, 48);
  const cifar = readFileSync('test/images/cifar10-test-128.bin');
  writeFileSync(join(set, 'cifar.bin'), cifar.subarray(0, 8 * 3073));
  outcome = await runBenchmark([set, join(set, 'cifar.bin')], join(folder, 'out'), {
    codecs: CODECS,
    isolate: false,
    crops: 0,
    settings: { effort: 1, endSigma: 0.1 },
    onWarning: (warning) => warnings.push(warning),
  });
  rows = new RowFile(join(folder, 'out', 'rows.csv'), false).rows;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Abscissae and ordinates of the curve of a picture: log10 of the rate, and PSNR, both ascending. */
function curve(codec: CodecName, image: string): { x: number[]; y: number[] } {
  const own = rows.filter((row) => row.codec === codec && row.image === image).sort((a, b) => a.bpp - b.bpp);
  const rising: Row[] = [];
  for (const row of own) if (rising.every(({ psnr, bpp }) => row.psnr > psnr && row.bpp > bpp)) rising.push(row);
  return { x: rising.map(({ bpp }) => Math.log10(bpp)), y: rising.map(({ psnr }) => psnr) };
}

const images = (): string[] => [...new Set(rows.map(({ image }) => image))];
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value) / values.length;

test('our codec is in every table', () => {
  expect(images()).toHaveLength(PICTURES);
  const tables = summaryTables(outcome.result);
  expect(tables.length).toBeGreaterThan(10);
  for (const { title, rows: lines } of tables) {
    const isOurs = title.startsWith('ddpm-codec') || title.startsWith('BD-rate of ddpm-codec');
    expect(isOurs || lines.some(([name]) => name === 'ddpm-codec'), title).toBe(true);
    expect(lines.length, title).toBeGreaterThan(0);
  }
  const html = readFileSync(join(folder, 'out', 'report.html'), 'utf8');
  expect(html.match(/class="plot"/g)?.length).toBeGreaterThan(8);
  for (const warning of outcome.result.leftOut) expect(html).toContain(warning);
});

test('means at equal rate are those computed by hand from rows.csv', () => {
  let compared = 0;
  for (const { codec, means } of outcome.result.codecs) {
    const { atRates } = means.find(({ measure }) => measure === 'psnr') ?? {};
    for (const { bpp, quality, pictures } of atRates ?? []) {
      const at = Math.log10(bpp);
      const values = images().flatMap((image) => {
        const { x, y } = curve(codec, image);
        const last = x.length - 1;
        if (at > x[last] && bpp <= 1.01 * 10 ** x[last]) return [y[last]]; // as far as that a curve reaches
        return at < x[0] || at > x[last] ? [] : [new Pchip(x, y).at(at)];
      });
      expect(values).toHaveLength(pictures);
      expect(Math.abs(mean(values) - quality)).toBeLessThan(1e-9);
      compared++;
    }
  }
  expect(compared).toBeGreaterThan(20);
});

test('means at equal quality and BD-rates are those computed by hand from rows.csv', () => {
  const ours = outcome.result.codecs.find(({ codec }) => codec === 'ddpm')?.means[0].atLevels ?? [];
  const at25 = ours.find(({ quality }) => quality === 25);
  const logs = images().map((image) => {
    const { x, y } = curve('ddpm', image);
    return new Pchip(y, x).at(25);
  });
  expect(at25?.pictures).toBe(PICTURES);
  expect(Math.abs(10 ** mean(logs) - (at25?.bpp ?? 0))).toBeLessThan(1e-9);
  for (const { anchor, codec, measures } of outcome.result.ours) {
    const deltas = images().map((image) => {
      const [a, b] = [curve(anchor as CodecName, image), curve(codec, image)];
      const from = Math.max(a.y[0], b.y[0]);
      const to = Math.min(a.y[a.y.length - 1], b.y[b.y.length - 1]);
      const [theirs, own] = [a, b].map(({ x, y }) => new Pchip(y, x).integral(from, to));
      return 100 * (10 ** ((own - theirs) / (to - from)) - 1);
    });
    const { rate } = measures[0];
    expect(rate?.spread?.pictures).toBe(PICTURES);
    expect(Math.abs(mean(deltas) - (rate?.value ?? 0))).toBeLessThan(1e-9);
    const sorted = deltas.sort((a, b) => a - b);
    expect(rate?.spread?.quartiles[1]).toBeCloseTo(sorted[5], 9);
    expect(rate?.spread?.quartiles[0]).toBeCloseTo((sorted[2] + sorted[3]) / 2, 9);
    expect([rate?.spread?.lowest, rate?.spread?.highest]).toEqual([
      expect.closeTo(sorted[0], 9),
      expect.closeTo(sorted[10], 9),
    ]);
  }
});

test('what is left out is said on the terminal, with counts and names', () => {
  expect(warnings).toEqual(outcome.result.leftOut);
  const text = warnings.join('\n');
  expect(text).toContain(
    'MS-SSIM, MS-SSIM of luma: 10 of 11 pictures have none (a side below 176 pixels): cases-ui, cifar-0, cifar-1',
  );
  expect(text).toMatch(/ddpm-codec: \d+ of \d+ settings are not common to all 11 pictures/);
});
