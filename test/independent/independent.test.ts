import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { decode, type EncodeOptions, encode, inspect, type RawImage } from '../../src/entry/index.ts';
import { putTogether, takeApart } from '../fuzz/raw-stream.ts';
import { describeStream, type StreamDescription } from '../support/describe-stream.ts';
import { MODEL_PATH } from '../support/model-files.ts';
import { kodakCrop } from '../support/pictures.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A second implementation of docs/format.md in Python and numpy, which shares no code with the library. */
const READER = 'test/independent/read_ddpm.py';
const run = promisify(execFile);

interface ReadTile {
  readonly budget: number;
  readonly sideBits: number;
  /** Exponents that are not 0, by class. */
  readonly gains: Readonly<Record<string, number>>;
  readonly sha256: string | null;
  readonly message?: string;
}

/** Output of read_ddpm.py for a file. */
interface Read {
  readonly file: string;
  readonly status: 'whole' | 'truncated' | 'damaged' | 'refused';
  readonly header: {
    readonly tailSection?: { readonly start: number; readonly end: number; readonly checksum: number };
    readonly chunks: Readonly<Record<string, string>>;
    readonly startBytes: number;
    readonly index: readonly { readonly bytes: number; readonly psnr?: number | null }[] | null;
  };
  readonly layersTotal: number;
  /** Code bits of a layer that is cut. */
  readonly part: { readonly layer: number; readonly bits: number; readonly bitsTotal: number } | null;
  readonly layers: readonly {
    readonly level: number;
    readonly from: number;
    readonly to: number;
    readonly endBit: number;
    readonly tiles: readonly ReadTile[];
  }[];
}

/** The reason why Python cannot run the reader, or null. */
async function whyNot(): Promise<string | null> {
  try {
    await run('python3', ['-c', 'import numpy']);
    return null;
  } catch (error) {
    return (error as Error).message.trim().split('\n').at(-1) ?? 'unknown';
  }
}

async function read(...files: string[]): Promise<Read[]> {
  // The exit code is that of the worst file; the output describes all files.
  const { stdout } = await run('python3', [READER, MODEL_PATH, ...files], { maxBuffer: 2 ** 26 }).catch(
    (error: { stdout?: string; stderr?: string }) => {
      if (!error.stdout) throw new Error(error.stderr);
      return { stdout: error.stdout };
    },
  );
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

function sha256(bytes: NodeJS.ArrayBufferView): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function gainsHash({ gains }: ReadTile): string {
  const bytes = Int8Array.from({ length: 192 }, (_, i) => gains[i] ?? 0);
  return sha256(new Uint8Array(bytes.buffer));
}

/** Compares what the reader found with what the library found. */
function expectSame({ status, header, layers, layersTotal }: Read, expected: StreamDescription): void {
  expect(status).toBe('whole');
  expect(layersTotal).toBe(expected.layers.length);
  const described = layers.map(({ level, from, to, tiles }) => ({
    level,
    from,
    to,
    budgets: tiles.map(({ budget }) => budget),
    ...(tiles.some(({ gains }) => Object.keys(gains).length > 0) && { gains: tiles.map(gainsHash) }),
    values: tiles.map(({ sha256, message }) => message ?? sha256),
  }));
  expect(described).toEqual(
    expected.layers.map(({ pixels: _, codeValues, messages, ...layer }) => ({
      ...layer,
      values: codeValues ?? messages,
    })),
  );
  expect(header.chunks).toEqual(expected.chunks ?? {});
  const { pixels: _, ...section } = expected.tail ?? { pixels: '' };
  expect(header.tailSection ?? {}).toEqual(section);
  const tiles = layers.flatMap((layer) => layer.tiles);
  const bits = tiles.reduce((sum, { sideBits, budget }) => sum + sideBits + budget, 8 * header.startBytes);
  expect(bits).toBe(layers.at(-1)?.endBit);
  expect(header.tailSection?.end ?? Math.ceil(bits / 8)).toBe(expected.bytes);
}

/** Stripes of pure green and pure purple, for which the model's variances need gains. */
function stripes(width: number, height: number, wide: number): RawImage {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) =>
    (Math.floor((Math.floor(i / 3) % width) / wide) + (i % 3)) % 2 === 0 ? 255 : 0,
  );
  return { data, width, height, channels: 3 };
}

/** Writes a file and describes it. */
async function encoded(image: RawImage, options: EncodeOptions, file: string): Promise<StreamDescription> {
  const { data } = await encode(image, { ...options, model: MODEL_PATH });
  writeFileSync(file, data);
  return describeStream(data);
}

const missing = await whyNot();
const vectors: Record<string, StreamDescription> = JSON.parse(readFileSync('test/vectors/vectors.json', 'utf8')).files;
const path = (name: string): string => `test/vectors/${name}.ddpm`;

if (missing !== null) process.stderr.write(`independent reader skipped: python3 with numpy is missing (${missing})\n`);

// On CI, a missing reader is a failure.
test.runIf(process.env.CI !== undefined && process.env.CI !== '')('python3 and numpy are installed', () => {
  expect(missing).toBeNull();
});

describe.skipIf(missing !== null)('the independent reader agrees', () => {
  let found: Map<string, Read>;

  beforeAll(async () => {
    const names = Object.keys(vectors);
    const reads = await read(...names.map(path));
    found = new Map(reads.map((answer, i) => [names[i], answer]));
  });

  test('every file of test/vectors is described', () => {
    const files = readdirSync('test/vectors').filter((file) => file.endsWith('.ddpm'));
    expect(
      Object.keys(vectors)
        .map((name) => `${name}.ddpm`)
        .sort(),
    ).toEqual(files.sort());
  });

  test.each(Object.entries(vectors))('%s: fields, gains, budgets, code values', (name, expected) => {
    expectSame(found.get(name) as Read, expected);
  });

  test('reads files with a lossless tail as complete', async () => {
    const folder = 'test/vectors/lossless';
    const files = readdirSync(folder).filter((file) => file.endsWith('.ddpm'));
    for (const { status } of await read(...files.map((file) => join(folder, file)))) expect(status).toBe('whole');
  });

  test('reads the index, and leaves out one that is broken', async () => {
    const image = { ...stripes(24, 16, 2), metadata: { icc: new Uint8Array(300).map((_, i) => i) } };
    const file = join(temporaryFolder(), 'index.ddpm');
    await encoded(image, { effort: 1, lossless: true, index: true }, file);
    const bytes = new Uint8Array(readFileSync(file));
    const { index, headerBytes } = inspect(bytes);
    const prefixes = index?.map(({ bytes: end, psnr }) => ({ bytes: end, psnr: Number.isFinite(psnr) ? psnr : null }));
    const raw = takeApart(bytes);
    raw.chunks[0].data = raw.chunks[0].data.subarray(0, -1);
    const broken = join(temporaryFolder(), 'broken.ddpm');
    writeFileSync(broken, putTogether(raw));
    const answers = await read(file, broken);
    expect(answers.map(({ status }) => status)).toEqual(['whole', 'whole']);
    expect(answers[0].header.index).toEqual([{ bytes: headerBytes }, ...(prefixes ?? [])]);
    expect(prefixes?.at(-1)).toEqual({ bytes: bytes.length, psnr: null });
    expect(answers[1].header.index).toBeNull();
  });

  test('prefixes are truncated, and have the layers before the cut', async () => {
    const folder = temporaryFolder();
    const files = Object.entries(vectors).map(([name, { bytes }]) => {
      const file = join(folder, `${name}.ddpm`);
      writeFileSync(file, readFileSync(path(name)).subarray(0, bytes - 1));
      return file;
    });
    const answers = await read(...files);
    const expected = Object.values(vectors).map(({ tail, layers }) => layers.length - (tail ? 0 : 1));
    expect(answers.map(({ status }) => status)).toEqual(files.map(() => 'truncated'));
    expect(answers.map(({ layers }) => layers.length)).toEqual(expected);
  });

  test('parts of layers: the same number of bits', async () => {
    const folder = temporaryFolder();
    const files = ['272x64-tiles', '160x144-checksums', '24x16-gains', '32x32-dithered'].flatMap((name) =>
      Array.from({ length: 12 }, (_, i) => {
        const file = join(folder, `${name}-${i}.ddpm`);
        const { bytes } = vectors[name];
        writeFileSync(file, readFileSync(path(name)).subarray(0, bytes - Math.ceil(((i + 0.5) * (bytes - 40)) / 12)));
        return file;
      }),
    );
    const answers = await read(...files);
    for (const [i, { part, layers }] of answers.entries()) {
      const { partialLayer, layers: whole } = inspect(new Uint8Array(readFileSync(files[i])));
      expect(part && { ...part, layer: part.layer + 1 }).toEqual(partialLayer);
      expect(layers).toHaveLength(whole.length);
    }
    expect(answers.filter(({ part }) => part).length).toBeGreaterThan(12);
  });
});

describe.skipIf(missing !== null)('the independent bit-exact decoder agrees', () => {
  /** @param rows - rows of a tail to be decoded; default: all */
  async function decodeExactly(
    file: string,
    rows?: number,
  ): Promise<{ layers: string; tail?: string; checksum?: boolean }> {
    const weights = [MODEL_PATH, 'models/tail-network.bin'];
    const limit = rows === undefined ? [] : ['--rows', String(rows)];
    const { stdout } = await run('python3', ['test/independent/exact_ddpm.py', ...weights, ...limit, file]);
    return JSON.parse(stdout);
  }

  test.each([
    '16x12-dithered',
    '16x12-tail',
    '24x16-grey-tail',
    '40x72-ladder-1-seed-9',
    '24x16-gains',
    '12x10-stored-tail',
    '32x32',
  ])('%s: pixels', async (name) => {
    const { layers, tail } = vectors[name];
    const found = await decodeExactly(path(name));
    expect(found.layers).toBe(layers.at(-1)?.pixels);
    expect(found.tail).toBe(tail?.pixels);
  });

  test('the tail of 12x10-stored-tail is the pixels: a length of 2 bytes, a checksum, 360 samples', () => {
    const { start, end } = vectors['12x10-stored-tail'].tail ?? { start: 0, end: 0 };
    expect(end - start).toBe(2 + 4 + 360);
  });

  test('a tail that follows layers with gains', async () => {
    const file = join(temporaryFolder(), 'tail.ddpm');
    const { bytes, layers } = await encoded(stripes(24, 16, 1), { lossless: true, endSigma: 0.1 }, file);
    expect(layers.at(-1)?.gains).toBeDefined();
    expect(bytes).toBeLessThan(24 * 16 * 3);
    expect(await decodeExactly(file)).toMatchObject({ layers: layers.at(-1)?.pixels, checksum: true });
  });

  // The network's maps have 24x40 to 3x5 and 32x56 to 4x7 positions: tiles of both sizes, whole and cut.
  test.each([
    ['80x48', { lossless: true, effort: 1 }],
    ['60x100', { transport: 'dithered', bpp: 1 }],
  ] satisfies [string, EncodeOptions][])('%s: pixels, where tiles of convolutions are cut', async (size, options) => {
    const [width, height] = size.split('x').map(Number);
    const file = join(temporaryFolder(), 'tiles.ddpm');
    const image = stripes(width, height, 5);
    const { layers } = await encoded(image, options, file);
    const found = await decodeExactly(file, 6);
    expect(found.layers).toBe(layers.at(-1)?.pixels);
    expect(found.tail).toBe('lossless' in options ? sha256(image.data.subarray(0, 6 * width * 3)) : undefined);
  });

  test('a tail that starts where the state has gone up to the full size', async () => {
    const file = join(temporaryFolder(), 'up.ddpm');
    const image = await kodakCrop(72, 66);
    const { layers } = await encoded(image, { lossless: true, effort: 1 }, file);
    const info = inspect(new Uint8Array(readFileSync(file)));
    expect([info.layers.at(-1)?.level, info.tail?.sigma]).toEqual([1, 1]);
    const exact = sha256(image.data.subarray(0, 6 * 72 * 3));
    expect(await decodeExactly(file, 6)).toEqual({ file, layers: layers.at(-1)?.pixels, tail: exact });
  });

  test('lossless/72x80, which has a pyramid level: the first rows of its tail', async () => {
    const { data } = await kodakCrop(72, 80);
    const { tail } = await decodeExactly(path('lossless/72x80'), 6);
    expect(tail).toBe(sha256(data.subarray(0, 6 * 72 * 3)));
  });

  test.each(['17x5-grey', '32x32'])('lossless/%s: the checksum of its tail', async (name) => {
    expect(await decodeExactly(path(`lossless/${name}`))).toMatchObject({ checksum: true });
  });
});

describe.skipIf(missing !== null)('the independent decoder agrees', () => {
  /** Picture of the independent decoder, and of the library after all layers. */
  async function bothPictures(file: string): Promise<{ data: Uint8Array; pixels: Uint8Array }> {
    const output = join(temporaryFolder(), 'out.ppm');
    await run('python3', ['test/independent/decode_ddpm.py', MODEL_PATH, file, output]);
    const { data } = await decode(new Uint8Array(readFileSync(file)), { model: MODEL_PATH });
    return { data, pixels: readFileSync(output).subarray(-data.length) };
  }

  // Its network uses numpy with another order of summation, so a sample may be rounded differently.
  function expectClose({ data, pixels }: { data: Uint8Array; pixels: Uint8Array }): void {
    const differences = data.map((value, i) => Math.abs(value - pixels[i]));
    expect(Math.max(...differences)).toBeLessThanOrEqual(1);
    const most = Math.max(1, data.length / 1000);
    expect(differences.filter((difference) => difference > 0).length).toBeLessThanOrEqual(most);
  }

  test.each(['17x5-grey', '16x16-long-forms', '64x72-flat', '24x16-gains'])(
    '%s: pixels within one grey level',
    async (name) => {
      const pictures = await bothPictures(path(name));
      expect(createHash('sha256').update(pictures.data).digest('hex')).toBe(vectors[name].layers.at(-1)?.pixels);
      expectClose(pictures);
    },
  );

  // One tile and several, a fresh state, gains, checksums.
  test.each(['17x5-grey', '64x72-flat', '24x16-gains', '272x64-tiles', '160x144-checksums', '32x32'])(
    '%s: prefixes that end inside layers, within one grey level',
    async (name) => {
      const { parts = [] } = vectors[name];
      expect(parts).toHaveLength(3);
      for (const part of parts) {
        const file = join(temporaryFolder(), 'part.ddpm');
        writeFileSync(file, readFileSync(path(name)).subarray(0, part.bytes));
        const pictures = await bothPictures(file);
        expect(createHash('sha256').update(pictures.data).digest('hex')).toBe(part.pixels);
        expectClose(pictures);
      }
    },
  );

  test('several windows, and sides that are no multiples of 16: pixels within one grey level', async () => {
    const file = join(temporaryFolder(), 'windows.ddpm');
    await encoded(stripes(600, 24, 8), { effort: 1, endSigma: 0.4 }, file);
    expectClose(await bothPictures(file));
  });

  test('gains that tiles of a finer level take over: fields, and pixels within one grey level', async () => {
    const file = join(temporaryFolder(), 'levels.ddpm');
    const described = await encoded(stripes(264, 64, 8), { effort: 1, endSigma: 0.3 }, file);
    const [coarse, fine] = [1, 0].map((level) => described.layers.filter((layer) => layer.level === level));
    expect(coarse.at(-1)?.gains?.length).toBe(1);
    expect(fine[0].gains?.length).toBe(2);
    expectSame((await read(file))[0], described);
    expectClose(await bothPictures(file));
  });
});
