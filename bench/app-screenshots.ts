/**
 * Makes the pictures of docs/app.md: screens of the app's production build in Chromium.
 *
 *   npm run app:screenshots [-- --out docs/app]
 *
 * Each shows the sample, the state of the app that its name says, as JPEG. Takes about a minute.
 */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import type { BrowserContextOptions, Page } from 'playwright-core';
import sharp from 'sharp';
import { launchChromium } from '../test/browser/support/chromium.ts';
import { serveSite } from '../test/browser/support/site.ts';

const BUILT = 'out/app';

/** A screen, and what is done before it is taken. */
interface Screen {
  readonly name: string;
  readonly options: BrowserContextOptions;
  /** The format beside ours. */
  readonly rival: 'jpeg' | 'webp' | 'avif';
  /** Place of the byte slider, 0..1000. */
  readonly place: number;
}

const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const DESKTOP = { viewport: { width: 1280, height: 800 } };

const SCREENS: readonly Screen[] = [
  { name: 'desktop', options: DESKTOP, rival: 'jpeg', place: 700 },
  { name: 'dark', options: { ...DESKTOP, colorScheme: 'dark' }, rival: 'webp', place: 640 },
  { name: 'phone', options: PHONE, rival: 'avif', place: 640 },
];

/** Waits until the codec has done what was asked for. */
async function settled(page: Page): Promise<void> {
  await page.locator('.byte-bar[aria-busy=false]').waitFor({ timeout: 300_000 });
}

async function take(page: Page, { name, rival, place }: Screen, folder: string): Promise<void> {
  await settled(page);
  await page.locator('.byte-slider').fill(`${place}`);
  await settled(page);
  await page.getByLabel('Right picture').selectOption(rival);
  await page.getByRole('button', { name: /^Compare formats at/ }).click();
  const legend = page.locator('.legend');
  // One value each for ours and three other formats.
  while ((await legend.getByText(' dB').count()) < 4 || (await legend.locator('.busy').count()) > 0) {
    await page.waitForTimeout(200);
  }
  await page.evaluate('scrollTo(0, 0)');
  const path = join(folder, `${name}.jpg`);
  const png = await page.screenshot();
  const { size } = await sharp(png).jpeg({ quality: 82, mozjpeg: true, chromaSubsampling: '4:4:4' }).toFile(path);
  console.log(`${path}: ${size} bytes`);
}

const { values } = parseArgs({ options: { out: { type: 'string', default: 'docs/app' } } });
mkdirSync(values.out, { recursive: true });
const paths = readdirSync(BUILT, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name));
const site = await serveSite(Object.fromEntries(paths.map((path) => [relative(BUILT, path), readFileSync(path)])));
const browser = await launchChromium();
try {
  for (const screen of SCREENS) {
    const context = await browser.newContext({ locale: 'en-US', ...screen.options });
    const page = await context.newPage();
    await page.goto(site.url);
    await take(page, screen, values.out);
    await context.close();
  }
} finally {
  await browser.close();
  await site.close();
}
