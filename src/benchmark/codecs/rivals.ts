/** The rivals: other codecs that ours is compared with. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Sharp } from 'sharp';
import { DdpmError } from '../../base/errors.ts';
import { readImage } from '../../image/files/read-image.ts';
import { loadSharp } from '../../image/files/sharp-library.ts';
import type { RawImage } from '../../image/raw-image.ts';

/** Formats of the rivals. */
export type RivalFormat = 'jpeg' | 'webp' | 'avif' | 'jxl' | 'png' | 'webp-lossless' | 'jxl-lossless';

/** A codec that ours is compared with. Pixels are grey or RGB. */
export interface Rival {
  readonly format: RivalFormat;
  /** Extension of its files, without the dot. */
  readonly extension: string;
  /** Qualities of the rate points, worst first; empty for a lossless format. */
  readonly qualities: readonly number[];
  /** Settings that are not at their defaults, for the reader of a report. */
  readonly description: string;
  /**
   * Names the package and the library, with their versions.
   *
   * @throws DdpmError `ERR_DDPM_DEPENDENCY` if the codec is not installed
   */
  version(): Promise<string>;
  /** @param quality - 1..100 as the encoder defines it; ignored by lossless formats */
  encode(image: RawImage, quality: number): Promise<Uint8Array>;
  /** @param channels - number of channels of the returned picture */
  decode(bytes: Uint8Array, channels: 1 | 3): Promise<RawImage>;
}

/** From this quality on JPEG keeps the full resolution of the colours, as `cjpeg` and libvips do. */
const JPEG_FULL_COLOUR = 95;
/**
 * One above the default effort: gives 5 % smaller photographs and 15 % smaller 32 x 32 pictures at equal PSNR, and
 * takes two to three times as long.
 */
const JXL_EFFORT = 8;
const AVIF_EFFORT = 6;
const WEBP_EFFORT = 6;
const QUALITIES = [5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95];

/**
 * Turns off sharp's threads and cache, which would distort measured times and memory. A process that measures calls
 * this once at its start.
 */
export async function useOneThread(): Promise<void> {
  const sharp = await loadSharp();
  sharp.concurrency(1);
  sharp.cache(false);
}

function viaSharp(
  format: RivalFormat,
  library: string,
  write: (pixels: Sharp, quality: number) => Sharp,
  traits: Pick<Rival, 'extension' | 'qualities' | 'description'>,
): Rival {
  return {
    format,
    ...traits,
    async version() {
      const versions = (await loadSharp()).versions as Readonly<Record<string, string>>;
      return `sharp ${versions.sharp}, ${library} ${versions[library]}`;
    },
    async encode({ data, width, height, channels }, quality) {
      const sharp = await loadSharp();
      return (await write(sharp(data, { raw: { width, height, channels } }), quality).toUint8Array()).data;
    },
    decode: async (bytes, channels) => withChannels(await readImage(bytes), channels),
  };
}

/** A JPEG XL coder's choices besides the quality; default false. */
interface JxlOptions {
  readonly lossless?: boolean;
  /** Order the file so that its first bytes give a coarse picture. */
  readonly progressive?: boolean;
}

function jxl(format: 'jxl' | 'jxl-lossless', qualities: readonly number[], options: JxlOptions = {}): Rival {
  const chosen = Object.entries(options).flatMap(([name, on]) => (on ? [name] : []));
  return {
    format,
    extension: 'jxl',
    qualities,
    description: [`effort ${JXL_EFFORT}`, ...chosen].join(', '),
    version: async () => (await useJxl()).version,
    encode: async (image, quality) => (await useJxl()).encode(image, quality, options),
    decode: async (bytes, channels) => withChannels(await (await useJxl()).decode(bytes), channels),
  };
}

/** All rivals. To add one: an entry here and its name in {@link RivalFormat}. */
export const RIVALS: readonly Rival[] = [
  viaSharp(
    'jpeg',
    'mozjpeg',
    (pixels, quality) =>
      pixels.jpeg({ quality, mozjpeg: true, chromaSubsampling: quality < JPEG_FULL_COLOUR ? '4:2:0' : '4:4:4' }),
    {
      extension: 'jpg',
      qualities: QUALITIES,
      description: `mozjpeg: trellis, progressive, optimised scans; 4:2:0 below quality ${JPEG_FULL_COLOUR}, 4:4:4 from there`,
    },
  ),
  viaSharp('webp', 'webp', (pixels, quality) => pixels.webp({ quality, effort: WEBP_EFFORT, smartSubsample: true }), {
    extension: 'webp',
    qualities: QUALITIES,
    description: `effort ${WEBP_EFFORT}, smart subsampling (4:2:0 always)`,
  }),
  viaSharp(
    'avif',
    'aom',
    (pixels, quality) => pixels.avif({ quality, effort: AVIF_EFFORT, tune: 'psnr', chromaSubsampling: '4:4:4' }),
    {
      extension: 'avif',
      qualities: QUALITIES.slice(0, -1),
      description: `effort ${AVIF_EFFORT}, tuned for PSNR, 4:4:4`,
    },
  ),
  jxl('jxl', QUALITIES),
  viaSharp('png', 'png', (pixels) => pixels.png({ compressionLevel: 9, adaptiveFiltering: true }), {
    extension: 'png',
    qualities: [],
    description: 'level 9, adaptive filters',
  }),
  viaSharp('webp-lossless', 'webp', (pixels) => pixels.webp({ lossless: true, effort: WEBP_EFFORT }), {
    extension: 'webp',
    qualities: [],
    description: `effort ${WEBP_EFFORT}`,
  }),
  jxl('jxl-lossless', [], { lossless: true }),
];

/** JPEG XL in an order of bytes that lets a part of the file be shown. */
export const PROGRESSIVE_JXL: Rival = jxl('jxl', QUALITIES, { progressive: true });

/** The picture with the given number of channels; if that differs from its own, all its channels must be equal. */
function withChannels(image: RawImage, channels: 1 | 3): RawImage {
  if (image.channels === channels) return image;
  const { data, width, height } = image;
  const out = new Uint8Array(width * height * channels);
  for (let i = 0; i < out.length; i++)
    out[i] = data[Math.floor(i / channels) * image.channels + ((i % channels) % image.channels)];
  return { data: out, width, height, channels };
}

/** A JPEG XL coder: {@link jsquash} or {@link commandLine}. */
interface JxlCoder {
  readonly version: string;
  encode(image: RawImage, quality: number, options: JxlOptions): Promise<Uint8Array>;
  decode(bytes: Uint8Array): Promise<RawImage>;
}

let jxlCoder: Promise<JxlCoder> | undefined;

/** The JPEG XL coder: libjxl as WebAssembly if `@jsquash/jxl` is installed, otherwise `cjxl` and `djxl` on PATH. */
function useJxl(): Promise<JxlCoder> {
  jxlCoder ??= jsquash().catch(async () => {
    try {
      return await commandLine();
    } catch (cause) {
      const message = 'JPEG XL: neither the package @jsquash/jxl nor cjxl on PATH. Run: npm install @jsquash/jxl';
      throw new DdpmError('ERR_DDPM_DEPENDENCY', message, { cause });
    }
  });
  return jxlCoder;
}

// Types of the parts of `@jsquash/jxl` that are used here; its own types need those of the browser.
interface Pixels {
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}
type Init = (module: WebAssembly.Module) => Promise<unknown>;
type Encoder = { init: Init; default: (pixels: Pixels, options: object) => Promise<ArrayBuffer> };
type Decoder = { init: Init; default: (bytes: ArrayBufferLike) => Promise<Pixels> };

async function jsquash(): Promise<JxlCoder> {
  const require = createRequire(import.meta.url);
  const compile = async (path: string): Promise<WebAssembly.Module> =>
    WebAssembly.compile(await readFile(require.resolve(`@jsquash/jxl/codec/${path}`)));
  const encoder = (await import('@jsquash/jxl/encode.js')) as unknown as Encoder;
  const decoder = (await import('@jsquash/jxl/decode.js')) as unknown as Decoder;
  await encoder.init(await compile('enc/jxl_enc.wasm'));
  await decoder.init(await compile('dec/jxl_dec.wasm'));
  const { version } = require('@jsquash/jxl/package.json') as { version: string };
  return {
    version: `@jsquash/jxl ${version} (libjxl as WebAssembly)`,
    async encode(image, quality, { lossless = false, progressive = false }) {
      const { width, height } = image;
      const pixels = { data: withAlpha(image), width, height };
      const options = { effort: JXL_EFFORT, progressive, ...(lossless ? { lossless } : { quality }) };
      return new Uint8Array(await encoder.default(pixels, options));
    },
    async decode(bytes) {
      const { data, width, height } = await decoder.default(bytes.slice().buffer);
      const rgb = new Uint8Array(width * height * 3);
      for (let i = 0; i < rgb.length; i++) rgb[i] = data[Math.floor(i / 3) * 4 + (i % 3)];
      return { data: rgb, width, height, channels: 3 };
    },
  };
}

function withAlpha({ data, width, height, channels }: RawImage): Uint8ClampedArray {
  const rgba = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let p = 0; p < width * height; p++) {
    for (let c = 0; c < 3; c++) rgba[p * 4 + c] = data[p * channels + (channels === 1 ? 0 : c)];
  }
  return rgba;
}

/** The command-line tools of libjxl. Their times include the start of a process and temporary files. */
async function commandLine(): Promise<JxlCoder> {
  const [version] = (await runTool('cjxl', ['--version'])).split('\n');
  return {
    version: `${version.replace(/^.*?(\d+\.\d+\.\d+).*$/, 'cjxl $1')} (separate processes)`,
    encode({ data, width, height, channels }, quality, { lossless = false, progressive = false }) {
      const image = Buffer.concat([
        Buffer.from(`P${channels === 1 ? 5 : 6}\n${width} ${height}\n255\n`),
        new Uint8Array(data),
      ]);
      const goal = [...(lossless ? ['-d', '0'] : ['-q', String(quality)]), ...(progressive ? ['-p'] : [])];
      return throughFiles(image, 'in.ppm', 'out.jxl', (from, to) =>
        runTool('cjxl', [from, to, ...goal, '-e', String(JXL_EFFORT), '--num_threads=1']),
      );
    },
    decode: async (bytes) =>
      readImage(
        await throughFiles(bytes, 'in.jxl', 'out.ppm', (from, to) => runTool('djxl', [from, to, '--num_threads=1'])),
      ),
  };
}

/** Runs a tool that reads one file and writes another, and returns the content of the latter. */
async function throughFiles(
  input: Uint8Array,
  inputName: string,
  outputName: string,
  run: (from: string, to: string) => Promise<unknown>,
): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'ddpm-codec-'));
  try {
    await writeFile(join(folder, inputName), input);
    await run(join(folder, inputName), join(folder, outputName));
    return new Uint8Array(await readFile(join(folder, outputName)));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runTool(name: string, args: readonly string[]): Promise<string> {
  return (await promisify(execFile)(name, args)).stdout;
}
