/** Program of webgpu-node.test.ts: the backend webgpu in Node, on a pool. Prints its results as JSON. */
import { createCodec, decode, encode, listBackends } from '../../src/entry/index.ts';
import { largestDifference } from '../support/largest-difference.ts';
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
  readonly lossless: string;
}

const backend = 'webgpu';
const listed = (await listBackends()).find(({ name }) => name === backend);

async function work(): Promise<Omit<WebgpuOutput, 'available' | 'description'>> {
  const vectors = readVectors().filter(({ name }) => ['32x32', '24x16-gains'].includes(name));
  const picture = testPicture(32, 32, 3);
  // One device for all, as each compiles its shaders anew.
  const codec = await createCodec({ threads: 2, backend });
  const [made, ...decoded] = await Promise.all([
    codec.encode(picture, { effort: 1, bpp: 2 }),
    ...vectors.map(({ bytes }) => codec.decode(bytes)),
  ]);
  const there = await codec.decode(made.data);
  await codec.close();
  const wasm = await decode(made.data);
  const expected = await Promise.all(vectors.map(({ bytes }) => decode(bytes, { portable: true })));
  const differences = vectors.map(({ name }, i) => [name, largestDifference(decoded[i].data, expected[i].data)]);
  return {
    differences: Object.fromEntries(differences),
    encoded: largestDifference(there.data, wasm.data),
    backends: [made, there, ...decoded, wasm].map(({ info }) => `${info.backend} ${info.arithmetic}`),
    lossless: await encode(picture, { lossless: true, backend }).then(
      () => 'encoded',
      ({ code, message }) => `${code} ${message}`,
    ),
  };
}

const { available = false, description = '' } = listed ?? {};
const results = available ? await work() : {};
process.stdout.write(JSON.stringify({ available, description, ...results }));
