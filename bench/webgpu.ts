/**
 * Times encoding and decoding by stage on the backends wasm and webgpu, in one thread, and says how far the pictures lie apart. For a
 * machine with a graphics processor; the package `webgpu` is that of `npm run fetch-webgpu`, or one that is installed.
 *
 *   npm run bench:webgpu -- PICTURES... [--side SIDE] [--bpp 1] [--runs 3] [--json FILE]
 *
 * Prints the least of all runs, in milliseconds, after one that is not counted. The backends take turns.
 */
import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { type BackendName, decode, encode, listBackends, type RawImage } from 'ddpm-codec';
import { middleOf, readPictures } from './pictures.ts';

const STAGES = ['totalMs', 'networkMs', 'transportMs', 'whiteningMs'] as const;
type Stages = Record<(typeof STAGES)[number], number>;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    side: { type: 'string', default: '0' },
    bpp: { type: 'string', default: '1' },
    runs: { type: 'string', default: '3' },
    json: { type: 'string' },
  },
});
const [side, bpp, runs] = [Number(values.side), Number(values.bpp), Number(values.runs)];
const BACKENDS: readonly BackendName[] = ['wasm', 'webgpu'];

/** What was measured of a picture on a backend. */
interface Row {
  readonly picture: string;
  readonly width: number;
  readonly height: number;
  readonly backend: BackendName;
  readonly encode: Stages;
  readonly decode: Stages;
  /** Largest difference of the decoded picture to that of wasm, in grey levels. */
  readonly difference: number;
}

function least(times: readonly Stages[]): Stages {
  const [first] = times;
  return times.reduce(
    (best, time) =>
      Object.fromEntries(STAGES.map((stage) => [stage, Math.min(best[stage], time[stage])])) as unknown as Stages,
    first,
  );
}

async function measure(picture: string, image: RawImage): Promise<Row[]> {
  const stream = (await encode(image, { bpp })).data;
  const reference = (await decode(stream)).data;
  const times = new Map(BACKENDS.map((backend) => [backend, { encode: [] as Stages[], decode: [] as Stages[] }]));
  const differences = new Map<BackendName, number>();
  for (let run = 0; run <= runs; run++) {
    for (const backend of BACKENDS) {
      const encoded = await encode(image, { bpp, backend });
      const decoded = await decode(stream, { backend });
      const difference = decoded.data.reduce((most, value, i) => Math.max(most, Math.abs(value - reference[i])), 0);
      differences.set(backend, difference);
      if (run === 0) continue;
      times.get(backend)?.encode.push(encoded.info.timing);
      times.get(backend)?.decode.push(decoded.info.timing);
    }
  }
  const { width, height } = image;
  return BACKENDS.map((backend) => {
    const found = times.get(backend) as { encode: Stages[]; decode: Stages[] };
    const difference = differences.get(backend) as number;
    return { picture, width, height, backend, encode: least(found.encode), decode: least(found.decode), difference };
  });
}

function print({ picture, width, height, backend, difference, ...work }: Row): void {
  for (const kind of ['encode', 'decode'] as const) {
    const stages = STAGES.map((stage) => work[kind][stage].toFixed(0).padStart(9)).join('');
    const name = `${picture} ${width}x${height}`.padEnd(24);
    console.log(`${name}${backend.padEnd(8)}${kind}${stages}${kind === 'decode' ? `  ${difference}` : ''}`);
  }
}

const device = (await listBackends()).find(({ name }) => name === 'webgpu');
if (!device?.available) throw new Error(device?.description);
console.log(device.description);
console.log(`${''.padEnd(38)}${STAGES.map((stage) => stage.replace('Ms', '').padStart(9)).join('')}  levels apart`);
const rows: Row[] = [];
for (const path of positionals) {
  const [image] = await readPictures([path], 1);
  const measured = await measure(basename(path), side > 0 ? middleOf(image, side) : image);
  rows.push(...measured);
  for (const row of measured) print(row);
}
if (values.json) writeFileSync(values.json, JSON.stringify({ device: device.description, bpp, runs, rows }, null, 2));
