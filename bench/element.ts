/**
 * Measures how soon twelve pictures in one page are there: the twelve Kodak photographs in `<ddpm-image>` elements of 384x256 CSS
 * pixels, in a production build (Vite, minified) in Chromium, from a server on this machine.
 *
 *   npm run bench:element -- [--json FILE] [--visits 5] [--limit 12] [--effort 5]
 *
 * Prints a Markdown table. A first visit is made in a new profile, so that the model is fetched, checked and compiled; a later one in
 * the same profile. What is measured counts from the first byte of each picture. Takes 3 minutes.
 */
import { loadavg } from 'node:os';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { createCodec, inspect, placeholder } from 'ddpm-codec';
import type { BrowserContext } from 'playwright-core';
import { bundleForBrowser } from '../test/browser/support/bundle.ts';
import { callInPage, launchChromium } from '../test/browser/support/chromium.ts';
import { PictureFiles } from '../test/browser/support/picture-files.ts';
import { serveSite } from '../test/browser/support/site.ts';
import { commandLine } from './command-line.ts';
import { type ElementReport, type ElementVisit, elementFigures } from './documents/figures/element.ts';
import { writeMeasurement } from './documents/measurement.ts';
import type { BenchPicture, PageTimes, PictureTimes } from './element/page.ts';
import { mean } from './mean.ts';
import { KODAK_PATHS } from './pictures.ts';

/** The longer and the shorter side of an element in CSS pixels. */
const SIDES = [384, 256] as const;

/** A picture's file, and what is in the page of it. */
interface Prepared {
  readonly bytes: Uint8Array;
  readonly shown: BenchPicture;
}

async function prepare(paths: readonly string[], effort: number): Promise<Prepared[]> {
  const codec = await createCodec();
  const prepared: Prepared[] = [];
  try {
    for (const path of paths) {
      const { data: bytes, info } = await codec.encode(path, { effort });
      const [width, height] = info.width > info.height ? SIDES : SIDES.toReversed();
      const url = `${basename(path, '.png')}.ddpm`;
      const base64 = Buffer.from(await placeholder(path)).toString('base64');
      const coarse = inspect(bytes).layers.findLast(({ level }) => level > 0);
      const shown = { url, width: width as number, height: height as number, placeholder: base64 };
      prepared.push({ bytes, shown: { ...shown, coarseBytes: coarse?.cumulativeBytes ?? 0 } });
      console.error(`${path}: ${bytes.length} bytes`);
    }
  } finally {
    await codec.close();
  }
  return prepared;
}

function visitOf({ pictures, longTasksMs }: PageTimes, prepared: readonly Prepared[]): ElementVisit {
  const since = (when: (times: PictureTimes, picture: Prepared) => number): number[] =>
    pictures.map((times, i) => when(times, prepared[i] as Prepared) - times.bytesMs);
  const first = ({ framesMs }: PictureTimes): number => framesMs[0] as number;
  return {
    firstMs: since(first),
    coarseMs: since(({ framesMs, bytes }, { shown }) => framesMs[bytes.indexOf(shown.coarseBytes)] as number),
    allFirstMs: Math.max(...pictures.map(first)),
    longestTaskMs: Math.max(0, ...longTasksMs),
  };
}

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    visits: { type: 'string', default: '5' },
    limit: { type: 'string', default: '12' },
    effort: { type: 'string', default: '5' },
  },
});
const prepared = await prepare(KODAK_PATHS.slice(0, Number(values.limit)), Number(values.effort));
const files = new PictureFiles();
for (const { bytes, shown } of prepared) files.files.set(shown.url, { bytes, etag: '"1"' });
const bundle = await bundleForBrowser('bench/element/page.ts', { minify: true });
const site = await serveSite(bundle, { handle: files.handle, headers: { 'cache-control': 'max-age=600' } });
const browser = await launchChromium();

async function visit(context: BrowserContext): Promise<PageTimes> {
  const page = await context.newPage();
  await page.goto(site.url);
  const shown = prepared.map((picture) => picture.shown);
  const times = await callInPage<PageTimes>(page, '/page.js', 'measure', shown);
  await page.close();
  return times;
}

const load = loadavg()[0] as number;
const found: { cold: PageTimes[]; warm: PageTimes[] } = { cold: [], warm: [] };
try {
  for (let i = 0; i < Number(values.visits); i++) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 1400 } });
    found.cold.push(await visit(context));
    found.warm.push(await visit(context));
    await context.close();
    console.error(`visit ${i + 1} of ${values.visits}`);
  }
} finally {
  await browser.close();
  await site.close();
}

const report: ElementReport = {
  pictures: prepared.length,
  width: SIDES[0],
  height: SIDES[1],
  fileBytes: mean(prepared.map(({ bytes }) => bytes.length)),
  firstBytes: mean(found.cold.flatMap(({ pictures }) => pictures.map(({ bytes }) => bytes[0] as number))),
  coarseBytes: mean(prepared.map(({ shown }) => shown.coarseBytes)),
  load,
  cold: found.cold.map((times) => visitOf(times, prepared)),
  warm: found.warm.map((times) => visitOf(times, prepared)),
};
console.log(elementFigures(report).table?.text);
console.log(`load average of the machine: ${load.toFixed(1)}`);
if (values.json) writeMeasurement(values.json, commandLine('bench:element'), report);
