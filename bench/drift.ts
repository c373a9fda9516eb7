/**
 * Measures drift: differences between the pictures that the encoder's backend and other backends decode from one file,
 * and the differences when noise is added to the output of the decoder's network. In grey levels, after each layer.
 *
 *   npm run bench:drift -- PICTURES... [--limit 4] [--side 64] [--effort 4] [--noise 1e-6,1e-5] [--backends wasm,cpu] [--json FILE]
 *
 * Uses the middle of each picture, --side pixels wide and high; 0 uses the whole picture. Backends that are not
 * installed are listed and left out. The cpu backend is about a hundred times slower than wasm.
 */
import { parseArgs } from 'node:util';
import { type BackendName, encode, listBackends, type RawImage } from 'ddpm-codec';
import {
  decodeWalk,
  inlineExecutor,
  openTransport,
  parseStream,
  pictureOf,
  streamTransport,
  WalkRun,
} from 'ddpm-codec/codec';
import type { Model } from 'ddpm-codec/model';
import seedrandom from 'seedrandom';
import { commandLine } from './command-line.ts';
import { openDefaultModel } from './default-model.ts';
import { type DriftReport, driftFigures } from './documents/figures/drift.ts';
import { writeMeasurement } from './documents/measurement.ts';
import { type Difference, difference, perturbed } from './drift-measure.ts';
import { middleOf, readPictures } from './pictures.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    limit: { type: 'string', default: '128' },
    side: { type: 'string', default: '64' },
    effort: { type: 'string', default: '4' },
    noise: { type: 'string', default: '1e-6,1e-5' },
    backends: { type: 'string', default: 'wasm,cpu,tensorflow' },
    json: { type: 'string' },
  },
});

/** The middle of a picture, `side` pixels wide and high; the whole picture if `side` is 0. */
function middle(picture: RawImage, side: number): RawImage {
  if (side === 0) return picture;
  if (side > Math.min(picture.width, picture.height)) throw new RangeError(`a picture is smaller than ${side} pixels`);
  return middleOf(picture, side);
}

/** Decodes a stream; returns the picture after each layer. */
async function decodeLayers(bytes: Uint8Array, model: Model): Promise<Uint8Array[]> {
  const stream = parseStream(bytes);
  const run = new WalkRun(inlineExecutor(model, openTransport({ name: streamTransport(stream.header) })));
  const pictures: Uint8Array[] = [];
  for await (const { mean, level, layers } of decodeWalk(stream, run)) {
    if (layers > 0) pictures.push(pictureOf(mean, level, stream.header, stream.header.grey ? 1 : 3).data);
    if (layers === stream.layers.length) break;
  }
  return pictures;
}

async function openModels(): Promise<Map<BackendName, Model>> {
  const wanted = values.backends.split(',');
  const models = new Map<BackendName, Model>();
  for (const { name, available, description } of await listBackends()) {
    if (!wanted.includes(name)) continue;
    console.log(`${name}: ${description}`);
    if (!available) continue;
    models.set(name, await openDefaultModel(name));
  }
  return models;
}

/** Differences by kind (the pair of backends, or the noise): for each picture, after each layer. */
type Rows = Map<string, Difference[][]>;

function add(rows: Rows, kind: string, expected: readonly Uint8Array[], found: readonly Uint8Array[]): void {
  const list = rows.get(kind) ?? [];
  list.push(expected.map((picture, layer) => difference(picture, found[layer])));
  rows.set(kind, list);
}

async function measure(pictures: readonly RawImage[], models: ReadonlyMap<BackendName, Model>): Promise<Rows> {
  const rows: Rows = new Map();
  for (const [i, picture] of pictures.entries()) {
    for (const [encoder, model] of models) {
      const { data } = await encode(picture, { backend: encoder, effort: Number(values.effort) });
      const expected = await decodeLayers(data, model);
      for (const [decoder, other] of models) {
        if (decoder !== encoder) add(rows, `${encoder} -> ${decoder}`, expected, await decodeLayers(data, other));
      }
      if (encoder !== 'wasm') continue;
      for (const noise of values.noise.split(',')) {
        const noisy = perturbed(model, Number(noise), seedrandom(`drift/${noise}/${i}`));
        add(rows, `noise ${noise}`, expected, await decodeLayers(data, noisy));
      }
    }
    console.log(`picture ${i + 1} of ${pictures.length} done`);
  }
  return rows;
}

/** Maximum and means over all pictures, after one layer. */
function summary(lists: readonly Difference[][], layer: number): Difference {
  const all = lists.map((list) => list[layer]);
  const mean = (key: 'mean' | 'changed'): number => all.reduce((sum, one) => sum + one[key], 0) / all.length;
  return { max: Math.max(...all.map(({ max }) => max)), mean: mean('mean'), changed: mean('changed') };
}

const pictures = (await readPictures(positionals, Number(values.limit))).map((picture) =>
  middle(picture, Number(values.side)),
);
if (pictures.some(({ width, height }) => width !== pictures[0].width || height !== pictures[0].height)) {
  throw new Error('the pictures must have one size');
}
const models = await openModels();
const rows = await measure(pictures, models);
const { width, height } = pictures[0];
console.log(
  `${pictures.length} pictures of ${width} x ${height}, effort ${values.effort}; largest / mean difference in grey levels`,
);
const layers = Math.min(...[...rows.values()].flat().map((list) => list.length));
const report: DriftReport = {
  pictures: pictures.length,
  width,
  height,
  // Pairs of backends come before noises.
  kinds: [...rows.keys()].sort((a, b) => Number(a.startsWith('noise')) - Number(b.startsWith('noise'))),
  layers: Array.from({ length: layers }, (_, layer) =>
    Object.fromEntries([...rows].map(([kind, lists]) => [kind, summary(lists, layer)])),
  ),
};
for (const [name, { text }] of Object.entries(driftFigures(report))) console.log(`${name}:\n${text}`);
if (values.json) writeMeasurement(values.json, commandLine('bench:drift'), report);
