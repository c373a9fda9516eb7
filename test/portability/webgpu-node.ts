/** Program of webgpu-node.test.ts: the backend webgpu in Node. Prints its results as JSON. */
import { createCodec, decode, encode, listBackends } from '../../src/entry/index.ts';
import { testPicture } from './golden.ts';
import { readVectors } from './vectors.ts';

/** Output of the program. */
export interface WebgpuOutput {
  readonly available: boolean;
  readonly description: string;
  /** By vector: largest difference to the picture of wasm. */
  readonly differences: Readonly<Record<string, number>>;
  /** The same for a picture that was encoded on the graphics device. */
  readonly encoded: number;
  readonly backends: readonly string[];
  /** Whether two pictures at a time on a pool are those of one thread. */
  readonly pooled: readonly boolean[];
  readonly lossless: string;
}

const backend = 'webgpu';
const listed = (await listBackends()).find(({ name }) => name === backend);

function largestDifference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
}

async function work(): Promise<Omit<WebgpuOutput, 'available' | 'description'>> {
  const vectors = readVectors().filter(({ name }) => ['32x32', '24x16-gains'].includes(name));
  const differences: Record<string, number> = {};
  const pictures: Uint8Array[] = [];
  for (const { name, bytes } of vectors) {
    const { data } = await decode(bytes, { backend });
    pictures.push(data);
    differences[name] = largestDifference(data, (await decode(bytes, { portable: true })).data);
  }
  const picture = testPicture(32, 32, 3);
  const made = await encode(picture, { effort: 1, bpp: 2, backend });
  const there = await decode(made.data, { backend });
  const wasm = await decode(made.data);
  const codec = await createCodec({ threads: 2, backend });
  const pooled = await Promise.all(vectors.map(({ bytes }) => codec.decode(bytes)));
  await codec.close();
  return {
    differences,
    encoded: largestDifference(there.data, wasm.data),
    backends: [made, there, wasm, ...pooled].map(({ info }) => `${info.backend} ${info.arithmetic}`),
    pooled: pooled.map(({ data }, i) => largestDifference(data, pictures[i]) === 0),
    lossless: await encode(picture, { lossless: true, backend }).then(
      () => 'encoded',
      ({ code, message }) => `${code} ${message}`,
    ),
  };
}

const { available = false, description = '' } = listed ?? {};
const results = available ? await work() : {};
process.stdout.write(JSON.stringify({ available, description, ...results }));
