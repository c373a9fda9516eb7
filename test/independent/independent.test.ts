import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import type { StreamDescription } from '../support/describe-stream.ts';
import { MODEL_PATH } from '../support/model-files.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A second implementation of docs/format.md in Python and numpy, which shares no code with the library. */
const READER = 'test/independent/read_ddpm.py';
const run = promisify(execFile);

/** Output of read_ddpm.py for a file. */
interface Read {
  readonly file: string;
  readonly status: 'whole' | 'truncated' | 'damaged' | 'refused';
  readonly header: {
    readonly tailSection?: { readonly start: number; readonly end: number; readonly checksum: number };
    readonly chunks: Readonly<Record<string, string>>;
  };
  readonly layersTotal: number;
  readonly layers: readonly {
    readonly level: number;
    readonly from: number;
    readonly to: number;
    readonly tiles: readonly { readonly budget: number; readonly sha256: string | null; readonly message?: string }[];
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

  test.each(Object.entries(vectors))('%s: fields, budgets, code values', (name, expected) => {
    const { status, header, layers, layersTotal } = found.get(name) as Read;
    expect(status).toBe('whole');
    expect(layersTotal).toBe(expected.layers.length);
    const described = layers.map(({ level, from, to, tiles }) => ({
      level,
      from,
      to,
      budgets: tiles.map(({ budget }) => budget),
      values: tiles.map(({ sha256, message }) => message ?? sha256),
    }));
    expect(described).toEqual(
      expected.layers.map(({ level, from, to, budgets, codeValues, messages }) => {
        return { level, from, to, budgets, values: codeValues ?? messages };
      }),
    );
    expect(header.chunks).toEqual(expected.chunks ?? {});
    const { pixels: _, ...section } = expected.tail ?? { pixels: '' };
    expect(header.tailSection ?? {}).toEqual(section);
  });

  test('reads files with a lossless tail as complete', async () => {
    const folder = 'test/vectors/lossless';
    const files = readdirSync(folder).filter((file) => file.endsWith('.ddpm'));
    for (const { status } of await read(...files.map((file) => join(folder, file)))) expect(status).toBe('whole');
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
});

describe.skipIf(missing !== null)('the independent bit-exact decoder agrees', () => {
  async function decodeExactly(file: string): Promise<{ layers: string; tail?: string; checksum?: boolean }> {
    const weights = [MODEL_PATH, 'models/tail-network.bin'];
    const { stdout } = await run('python3', ['test/independent/exact_ddpm.py', ...weights, file]);
    return JSON.parse(stdout);
  }

  test.each(['16x12-dithered', '16x12-tail', '24x16-grey-tail', '40x72-ladder-1-seed-9'])(
    '%s: pixels',
    async (name) => {
      const { layers, tail } = vectors[name];
      const found = await decodeExactly(path(name));
      expect(found.layers).toBe(layers.at(-1)?.pixels);
      expect(found.tail).toBe(tail?.pixels);
    },
  );

  // 72x80 has a pyramid level.
  test.each(['17x5-grey', '32x32', '72x80'])('lossless/%s: the checksum of its tail', async (name) => {
    expect(await decodeExactly(path(`lossless/${name}`))).toMatchObject({ checksum: true });
  });
});

describe.skipIf(missing !== null)('the independent decoder agrees', () => {
  // Its network uses numpy with another order of summation, so a sample may be rounded differently.
  test.each(['17x5-grey', '16x16-long-forms', '64x72-flat'])('%s: pixels within one grey level', async (name) => {
    const output = join(temporaryFolder(), 'out.ppm');
    await run('python3', ['test/independent/decode_ddpm.py', MODEL_PATH, path(name), output]);
    const { decode } = await import('../../src/entry/index.ts');
    const { data } = await decode(new Uint8Array(readFileSync(path(name))), { model: MODEL_PATH });
    expect(createHash('sha256').update(data).digest('hex')).toBe(vectors[name].layers.at(-1)?.pixels);
    const pixels = readFileSync(output).subarray(-data.length);
    const differences = data.map((value, i) => Math.abs(value - pixels[i]));
    expect(Math.max(...differences)).toBeLessThanOrEqual(1);
    const most = Math.max(1, data.length / 1000);
    expect(differences.filter((difference) => difference > 0).length).toBeLessThanOrEqual(most);
  });
});
