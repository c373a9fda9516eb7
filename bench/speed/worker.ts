/**
 * A process that encodes or decodes files, so that its peak memory is that of one variant. Started by measure-group.ts
 * with its {@link WorkerRole} as JSON in the first argument. Each message is a {@link PassOrder}, each answer a
 * {@link Pass}.
 */
import { existsSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { type Codec, createCodec, decode, encode, type RawImage, readImage, type Timing, writeImage } from 'ddpm-codec';
import type { Pass, PassOrder, WorkerRole } from './types.js';

type Coder = Pick<Codec, 'encode' | 'decode'>;

/** Result of coding a picture, before it is written. */
interface Done {
  readonly output: Uint8Array | RawImage;
  readonly timing: Timing;
}

const role = JSON.parse(process.argv[2] as string) as WorkerRole;
const inline: Coder = {
  encode: (image, options) => encode(image, { ...options, thread: 'inline' }),
  decode: (bytes, options) => decode(bytes, { ...options, thread: 'inline' }),
};
const coder = role.threads === 'inline' ? inline : await createCodec({ threads: role.threads });

/**
 * Peak resident memory. Read from /proc if possible, because `maxRSS` starts with the memory that the parent had when
 * it started this process (785 MB instead of 43 MB, measured with a parent of 820 MB).
 */
function peakRssBytes(): number {
  const status = '/proc/self/status';
  const peak = existsSync(status) && /VmHWM:\s*(\d+) kB/.exec(readFileSync(status, 'utf8'));
  return (peak ? Number(peak[1]) : process.resourceUsage().maxRSS) * 1024;
}

async function read(path: string): Promise<RawImage | Uint8Array> {
  const bytes = await readFile(path);
  return role.operation === 'encode' ? readImage(bytes, { source: path }) : bytes;
}

async function code(input: RawImage | Uint8Array): Promise<Done> {
  if (role.operation === 'encode') {
    const { data, info } = await coder.encode(input, role.bpp === undefined ? {} : { bpp: role.bpp });
    return { output: data, timing: info.timing };
  }
  const { data, info } = await coder.decode(input as Uint8Array);
  const { width, height, channels } = info;
  return { output: { data, width, height, channels }, timing: info.timing };
}

async function write(path: string, { output }: Done): Promise<void> {
  await writeFile(path, output instanceof Uint8Array ? output : await writeImage(output, 'png'));
}

/**
 * Runs a pass. Reads all pictures of a batch before coding them and writes them afterwards, so that these times can be
 * separated.
 */
async function runPass({ inputs, outputs }: PassOrder): Promise<Pass> {
  const batches = role.together ? [inputs.map((_, i) => i)] : inputs.map((_, i) => [i]);
  const done: Done[] = [];
  let ioMs = 0;
  const used = process.cpuUsage();
  const start = performance.now();
  for (const batch of batches) {
    const readStart = performance.now();
    const pictures = await Promise.all(batch.map((i) => read(inputs[i] as string)));
    const codeStart = performance.now();
    const results = await Promise.all(pictures.map(code));
    const writeStart = performance.now();
    await Promise.all(batch.map((i, k) => write(outputs[i] as string, results[k] as Done)));
    ioMs += codeStart - readStart + performance.now() - writeStart;
    done.push(...results.map(({ timing }) => ({ output: new Uint8Array(0), timing })));
  }
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(used);
  const sum = (stage: (timing: Timing) => number): number =>
    done.reduce((total, { timing }) => total + stage(timing), 0);
  return {
    wallMs,
    cpuMs: (user + system) / 1000,
    networkMs: sum(({ networkMs }) => networkMs),
    trellisMs: sum(({ transportMs }) => transportMs),
    whiteningMs: sum(({ whiteningMs }) => whiteningMs),
    ioMs,
    peakRssBytes: peakRssBytes(),
  };
}

process.on('message', (order: PassOrder) => {
  runPass(order).then(
    (pass) => process.send?.(pass),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
