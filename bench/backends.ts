/**
 * Times backends against wasm: the networks alone, loss and gradient in training, and encoding and decoding of a photograph. The backends
 * take their turns in one process; the first round is not counted.
 *
 *   npm run bench:backends -- [--backends tensorflow] [--picture test/images/kodak/kodim05.png] [--bpp 0.5] [--rounds 5]
 *     [--only encode,decode] [--json FILE]
 *
 * Other backends are webgpu and cpu. The packages are those of `npm run fetch-tensorflow` and `npm run fetch-webgpu`, or installed ones. Prints a
 * Markdown table: medians by the clock and of CPU time, and how many times as fast as wasm a backend is, the median over the rounds.
 */
import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { type Codec, createCodec, decode, encode, listBackends } from 'ddpm-codec';
import { type Backend, type BackendName, openBackend } from 'ddpm-codec/model';
import { thisMachine } from '#dist/node/machine.js';
import { cpuTimeSince } from './cpu-time.ts';
import { openDefaultModel } from './default-model.ts';
import { median } from './median.ts';
import { readPictures } from './pictures.ts';
import { openRandomUnet } from './random-unet.ts';
import { timesAsFast } from './speed/paired-ratio.ts';
import { openPortion } from './training-portion.ts';

const { values } = parseArgs({
  options: {
    backends: { type: 'string', default: 'tensorflow' },
    picture: { type: 'string', default: 'test/images/kodak/kodim05.png' },
    bpp: { type: 'string', default: '0.5' },
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
    json: { type: 'string' },
  },
});
const [bpp, rounds] = [Number(values.bpp), Number(values.rounds)];
/** Threads of the pools. */
const THREADS = 2;
const NAMES: readonly BackendName[] = ['wasm', ...(values.backends.split(',') as BackendName[])];

/** Work on a backend. */
interface Job {
  readonly run: () => Promise<unknown>;
  readonly close?: () => Promise<void>;
}

/** Something to time. */
interface Work {
  readonly name: string;
  /** False on a backend that does not run it. */
  readonly runsOn: (backend: BackendName) => boolean;
  readonly open: (backend: Backend) => Promise<Job>;
}

/** Milliseconds in each round. */
interface Times {
  readonly clock: number[];
  readonly cpu: number[];
}

const [image] = await readPictures([values.picture], 1);
const stream = (await encode(image, { bpp })).data;
const pictureName = `${basename(values.picture)}, ${image.width}x${image.height} at ${bpp} bpp`;

const everywhere = (): boolean => true;
/** The backend webgpu runs no tensor operations. */
const byTensors = (backend: BackendName): boolean => backend !== 'webgpu';

/** The default model's network on noise. */
function photoNet(batch: number, side: number): Work {
  return {
    name: `photo-net, ${batch} of ${side}x${side}`,
    runsOn: everywhere,
    async open({ name }) {
      const { denoiser } = await openDefaultModel(name);
      const y = Float32Array.from({ length: batch * side * side * 3 }, (_, i) => Math.sin(i));
      return { run: () => denoiser.denoise(y, { batch, height: side, width: side }, 0.3, { exact: false }) };
    },
  };
}

/** The paper's U-Net for CIFAR-10 on noise. */
function unet(batch: number): Work {
  return {
    name: `U-Net of 35.7 M parameters, ${batch} of 32x32`,
    runsOn: byTensors,
    async open(backend) {
      const predict = await openRandomUnet(backend);
      const x = Float32Array.from({ length: batch * 32 * 32 * 3 }, (_, i) => Math.sin(i));
      return { run: () => predict(x, batch) };
    },
  };
}

/** Loss and gradient of a config's network, at the start of its training. */
function training(config: string, images: number): Work {
  return {
    name: `loss and gradient, ${basename(config)}, ${images} images`,
    runsOn: byTensors,
    open: (backend) => openPortion(config, images, backend),
  };
}

/** A call of the codec in the calling thread. */
function inline(
  what: string,
  call: (options: { readonly backend: BackendName; readonly thread: 'inline' }) => Promise<unknown>,
): Work {
  return {
    name: `${what} ${pictureName}, inline`,
    runsOn: everywhere,
    open: async ({ name: backend }) => ({ run: () => call({ backend, thread: 'inline' }) }),
  };
}

/** A call of the codec on a pool. */
function pooled(what: string, call: (codec: Codec) => Promise<unknown>): Work {
  return {
    name: `${what} ${pictureName}, ${THREADS} threads`,
    runsOn: everywhere,
    async open({ name: backend }) {
      const codec = await createCodec({ threads: THREADS, backend });
      return { run: () => call(codec), close: () => codec.close() };
    },
  };
}

const WORK: readonly Work[] = [
  photoNet(1, 512),
  photoNet(8, 32),
  unet(1),
  unet(8),
  unet(64),
  training('configs/tiny.json', 8),
  training('configs/cifar10.json', 1),
  inline('encode', (options) => encode(image, { bpp, ...options })),
  inline('decode', (options) => decode(stream, options)),
  pooled('encode', (codec) => codec.encode(image, { bpp })),
  pooled('decode', (codec) => codec.decode(stream)),
];

async function timeOnce(run: () => Promise<unknown>, { clock, cpu }: Times): Promise<void> {
  const [start, used] = [performance.now(), process.cpuUsage()];
  await run();
  cpu.push(cpuTimeSince(used) / 1000);
  clock.push(performance.now() - start);
}

/** Times some work on all backends that run it, in turn. */
async function timeAll(work: Work): Promise<Map<BackendName, Times>> {
  const jobs = new Map<BackendName, Job>();
  for (const name of NAMES) if (work.runsOn(name)) jobs.set(name, await work.open(await openBackend(name)));
  const times = new Map([...jobs.keys()].map((name) => [name, { clock: [], cpu: [] } as Times]));
  for (let round = 0; round <= rounds; round++) {
    for (const [name, { run }] of jobs) {
      await timeOnce(run, round === 0 ? { clock: [], cpu: [] } : (times.get(name) as Times));
    }
  }
  for (const { close } of jobs.values()) await close?.();
  return times;
}

function rowsOf(work: string, times: ReadonlyMap<BackendName, Times>): string[] {
  const wasm = times.get('wasm') as Times;
  return [...times].map(([name, { clock, cpu }]) => {
    const gain = name === 'wasm' ? '' : timesAsFast(clock, wasm.clock).toFixed(2);
    return `| ${[work, name, median(clock).toFixed(0), median(cpu).toFixed(0), gain].join(' | ')} |`;
  });
}

for (const { name, available, description } of await listBackends()) {
  if (!NAMES.includes(name)) continue;
  if (!available) throw new Error(description);
  console.log(`${name}: ${description}`);
}
console.log('\n| work | backend | ms | CPU ms | times as fast as wasm |\n| --- | --- | --- | --- | --- |');
const report: Record<string, Record<string, Times>> = {};
for (const work of WORK) {
  if (!values.only.split(',').some((part) => work.name.includes(part))) continue;
  const times = await timeAll(work);
  report[work.name] = Object.fromEntries(times);
  for (const row of rowsOf(work.name, times)) console.log(row);
}
if (values.json) writeFileSync(values.json, JSON.stringify({ machine: thisMachine(1), bpp, rounds, report }, null, 1));
