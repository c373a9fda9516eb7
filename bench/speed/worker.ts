/**
 * A process that encodes or decodes files, so that its peak memory is that of one variant. Started by measure-group.ts
 * with its {@link WorkerRole}; each order is a {@link PassOrder}, each answer a {@link Pass}. It uses only what the
 * package exports, because the build may be that of another commit.
 */
import { existsSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Codec, RawImage, Timing } from 'ddpm-codec';
import { cpuTimeSince } from '../cpu-time.ts';
import { answerOrders, roleOfProcess } from './answer-orders.js';
import type { Pass, PassOrder, Stages, WorkerRole } from './types.js';

type Coder = Pick<Codec, 'encode' | 'decode'>;

/** What a build tells of a picture. Another commit may tell less. */
interface Facts {
  readonly timing: Timing | undefined;
  readonly psnr: number | null;
}

/** Result of coding a picture, before it is written. */
interface Done extends Facts {
  readonly output: Uint8Array | RawImage;
}

const role = roleOfProcess<WorkerRole>();
const entry = pathToFileURL(join(role.root, 'dist', 'entry', 'index.js')).href;
const { createCodec, decode, encode, readImage, writeImage } = (await import(entry)) as typeof import('ddpm-codec');
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
    const { data, info } = await coder.encode(input, role.goal);
    return { output: data, timing: info.timing, psnr: info.psnr ?? null };
  }
  const { data, info } = await coder.decode(input as Uint8Array);
  const { width, height, channels } = info;
  return { output: { data, width, height, channels }, timing: info.timing, psnr: null };
}

async function write(path: string, { output }: Done): Promise<void> {
  await writeFile(path, output instanceof Uint8Array ? output : await writeImage(output, 'png'));
}

/** Sums of the times of the stages; null if the build does not tell them. */
function stagesOf(done: readonly Facts[], ioMs: number): Stages | null {
  const timings = done.flatMap(({ timing }) => (timing ? [timing] : []));
  if (timings.length < done.length) return null;
  const sum = (stage: (timing: Timing) => number): number =>
    timings.reduce((total, timing) => total + stage(timing), 0);
  return {
    networkMs: sum(({ networkMs }) => networkMs),
    trellisMs: sum(({ transportMs }) => transportMs),
    whiteningMs: sum(({ whiteningMs }) => whiteningMs),
    ioMs,
  };
}

/**
 * Runs a pass. Reads all pictures of a batch before coding them and writes them afterwards, so that these times can be
 * separated.
 */
async function runPass({ inputs, outputs }: PassOrder): Promise<Pass> {
  const batches = role.together ? [inputs.map((_, i) => i)] : inputs.map((_, i) => [i]);
  const done: Facts[] = [];
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
    done.push(...results.map(({ timing, psnr }) => ({ timing, psnr })));
  }
  const wallMs = performance.now() - start;
  return {
    wallMs,
    cpuMs: cpuTimeSince(used) / 1000,
    stages: stagesOf(done, ioMs),
    peakRssBytes: peakRssBytes(),
    psnr: done.map(({ psnr }) => psnr),
  };
}

answerOrders(runPass);
