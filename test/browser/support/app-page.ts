/** The app's production build, with a small sample, in pages of a real Chromium. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core';
import sharp from 'sharp';
import { build, type InlineConfig } from 'vite';
import { encode } from '../../../src/entry/index.ts';
import { launchChromium } from './chromium.ts';
import { type Site, serveSite } from './site.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const APP = join(ROOT, 'app');
/** Folder of the site that the app lies in: it must not need to be at the top. */
const FOLDER = 'some/folder/';

/** A part of a photograph as PNG. */
export function cutPhotograph(width: number, height: number, number = '23'): Promise<Buffer> {
  const path = join(ROOT, 'test', 'images', 'kodak', `kodim${number}.png`);
  return sharp(path).extract({ left: 180, top: 180, width, height }).png().toBuffer();
}

/** A site with the app, and a browser. */
export interface AppSite {
  /** Address of the app. */
  readonly url: string;
  /** The sample that the app shows first. */
  readonly sample: {
    readonly picture: Buffer;
    readonly stream: Uint8Array;
    readonly width: number;
    readonly height: number;
  };
  /** A page with the app, whose sample is decoded. @param query - of the address, such as `?src=...` */
  open(options?: BrowserContextOptions, query?: string): Promise<AppPage>;
  /** A browser's profile for the app. */
  context(options?: BrowserContextOptions): Promise<BrowserContext>;
  /** As `open`, in a profile that is there. */
  openIn(context: BrowserContext, query?: string): Promise<AppPage>;
  close(): Promise<void>;
}

/** Builds the app as for release, but with a small sample, and serves it with further files. */
export async function startApp(files: Readonly<Record<string, Uint8Array>> = {}): Promise<AppSite> {
  const [width, height] = [128, 96];
  const picture = await cutPhotograph(width, height);
  const { data: stream } = await encode(picture, { bpp: 2, index: true, reportPsnr: true });
  const folder = mkdtempSync(join(tmpdir(), 'ddpm-app-'));
  try {
    const publicDir = join(folder, 'public');
    cpSync(join(APP, 'public'), publicDir, { recursive: true });
    writeFileSync(join(publicDir, 'sample.png'), picture);
    writeFileSync(join(publicDir, 'sample.ddpm'), stream);
    const outDir = join(folder, 'out');
    await buildForRelease({ root: APP, logLevel: 'error', publicDir, build: { outDir } });
    const built = readdirSync(outDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const paths = built.map((entry) => join(entry.parentPath, entry.name));
    const app = paths.map((path) => [`${FOLDER}${path.slice(outDir.length + 1)}`, readFileSync(path)] as const);
    const site = await serveSite({ ...Object.fromEntries(app), ...files });
    const browser = await launchChromium();
    return appSite(site, browser, { picture, stream, width, height });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Vite's build as its command does it: the tests' own environment would make it one for development. */
async function buildForRelease(config: InlineConfig): Promise<void> {
  const { NODE_ENV } = process.env;
  process.env.NODE_ENV = 'production';
  try {
    await build(config);
  } finally {
    process.env.NODE_ENV = NODE_ENV;
  }
}

function appSite(site: Site, browser: Browser, sample: AppSite['sample']): AppSite {
  const url = `${site.url}${FOLDER}`;
  return {
    url,
    sample,
    context: (options = {}) =>
      browser.newContext({
        viewport: { width: 1280, height: 800 },
        locale: 'en-US',
        acceptDownloads: true,
        ...options,
      }),
    async open(options = {}, query = '') {
      return this.openIn(await this.context(options), query);
    },
    async openIn(context, query = '') {
      const app = new AppPage(context, await context.newPage());
      await app.page.goto(`${url}${query}`);
      await app.settled();
      return app;
    },
    async close() {
      await browser.close();
      await site.close();
    },
  };
}

/** Pixels of a canvas. */
export interface CanvasPixels {
  readonly width: number;
  readonly height: number;
  /** RGBA. */
  readonly data: Uint8Array;
}

/** What the tests do with a page. */
export class AppPage implements AsyncDisposable {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Errors that no one caught. */
  readonly faults: string[] = [];

  constructor(context: BrowserContext, page: Page) {
    this.context = context;
    this.page = page;
    page.on('pageerror', ({ message }) => this.faults.push(message));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.context.close();
  }

  get byteSlider(): Locator {
    return this.page.getByRole('slider', { name: 'First bytes of the file' });
  }

  get divider(): Locator {
    return this.page.getByRole('slider', { name: 'Divider between the pictures' });
  }

  /** The number of bytes that the slider says. */
  async bytes(): Promise<number> {
    const text = (await this.byteSlider.getAttribute('aria-valuetext')) ?? '';
    return Number(text.split(' ')[0].replaceAll(',', ''));
  }

  /** Waits until a file is decoded, and the exact picture of the slider's place is shown. */
  async settled(): Promise<void> {
    await this.page.locator('.byte-bar[aria-busy=false]').waitFor();
  }

  /** Pixels of one side, when what happened before is drawn. */
  async pixels(side: 'left' | 'right'): Promise<CanvasPixels> {
    await this.page.evaluate('new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))');
    const url = await this.page.evaluate<string>(
      `document.querySelector('.layer-${side} canvas').toDataURL('image/png')`,
    );
    const png = Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
    const { data, info } = await sharp(png).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data };
  }

  /** Opens files with the button's field. */
  async pick(...files: { name: string; buffer: Uint8Array; mimeType?: string }[]): Promise<void> {
    const list = files.map(({ name, buffer, mimeType = 'image/png' }) => ({
      name,
      buffer: Buffer.from(buffer),
      mimeType,
    }));
    await this.page.locator('input[type=file]').first().setInputFiles(list);
  }
}

/** PSNR in dB of RGBA pixels against others, over their colours; all must be opaque. */
export function psnrOf(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) if (i % 4 !== 3) sum += (a[i] - b[i]) ** 2;
  return 10 * Math.log10((255 ** 2 * a.length * 0.75) / sum);
}
