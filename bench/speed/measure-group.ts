/**
 * Runs the variants of a group in turn, each in a process of its own, and checks that their results agree before timing
 * them.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RawImage, readImage } from 'ddpm-codec';
import { decodeWalk, type Executor, parseStream, WalkRun, type WindowJob } from 'ddpm-codec/codec';
import type { Model } from 'ddpm-codec/model';
import { distortion } from '#dist/image/distortion.js';
import { openDefaultModel } from '../default-model.ts';
import { mean } from '../mean.ts';
import { writePictures } from './inputs.js';
import type { Floor, Group, Operation, Pass, Row, Variant, WorkerRole } from './types.js';

const WORKER = fileURLToPath(new URL('./worker.js', import.meta.url));

/** A variant, its process, and the passes that were timed. */
interface VariantProcess {
  readonly variant: Variant;
  readonly worker: ChildProcess;
  readonly outputs: readonly string[];
  readonly passes: Pass[];
}

/** Makes a process do one pass. */
async function pass({ worker, outputs }: VariantProcess, inputs: readonly string[]): Promise<Pass> {
  const ended = new AbortController();
  const died = once(worker, 'exit', { signal: ended.signal }).then(() => {
    throw new Error('a process of the bench ended early');
  });
  worker.send({ inputs, outputs });
  try {
    const [answer] = (await Promise.race([once(worker, 'message', { signal: ended.signal }), died])) as [Pass];
    return answer;
  } finally {
    died.catch(() => {});
    ended.abort();
  }
}

function variantName({ threads, together }: Variant): string {
  return `${threads}${together ? '-together' : ''}`;
}

/** The pass with the median wall-clock time. */
function median(passes: readonly Pass[]): Pass {
  return [...passes].sort((a, b) => a.wallMs - b.wallMs)[(passes.length - 1) >> 1] as Pass;
}

/**
 * Runs the passes of all processes in turn. Calls `check` with the passes of the first round, which is the warm-up if
 * there is one.
 */
async function runRounds(
  processes: readonly VariantProcess[],
  inputs: readonly string[],
  { warmUp, repeats }: Group,
  check: (first: readonly Pass[]) => Promise<void>,
): Promise<void> {
  const first: Pass[] = [];
  for (let round = warmUp ? -1 : 0; round < repeats; round++) {
    for (const one of processes) {
      const result = await pass(one, inputs);
      if (first.length < processes.length) first.push(result);
      if (round >= 0) one.passes.push(result);
    }
    if (first.length === processes.length && round <= 0) await check(first);
  }
}

/** Starts a process for each variant, runs the passes, and ends the processes. */
async function runVariants(
  group: Group,
  operation: Operation,
  place: { readonly folder: string; readonly inputs: readonly string[] },
  check: (processes: readonly VariantProcess[], first: readonly Pass[]) => Promise<void>,
): Promise<VariantProcess[]> {
  const processes = group.variants.map((variant): VariantProcess => {
    const role: WorkerRole = { ...variant, operation, bpp: group.bpp };
    const folder = join(place.folder, `${operation}-${variantName(variant)}`);
    mkdirSync(folder);
    const extension = operation === 'encode' ? 'ddpm' : 'png';
    const outputs = place.inputs.map((_, i) => join(folder, `${i}.${extension}`));
    return { variant, worker: fork(WORKER, [JSON.stringify(role)]), outputs, passes: [] };
  });
  try {
    await runRounds(processes, place.inputs, group, (first) => check(processes, first));
  } finally {
    for (const { worker } of processes) worker.kill();
  }
  return processes;
}

/** Checks that all variants wrote the same streams. */
async function checkStreams(processes: readonly VariantProcess[]): Promise<void> {
  const [first, ...others] = processes as [VariantProcess, ...VariantProcess[]];
  for (const [i, path] of first.outputs.entries()) {
    const bytes = readFileSync(path);
    for (const { variant, outputs } of others) {
      if (bytes.equals(readFileSync(outputs[i] as string))) continue;
      throw new Error(`picture ${i}: streams of ${variantName(first.variant)} and ${variantName(variant)} differ`);
    }
  }
}

async function readPng(path: string): Promise<RawImage> {
  return readImage(readFileSync(path), { source: path });
}

/**
 * Checks that all variants decoded the same pixels.
 *
 * @returns the PSNR of each picture in dB
 */
async function checkPixels(processes: readonly VariantProcess[], originals: readonly string[]): Promise<number[]> {
  const psnr: number[] = [];
  const [first, ...others] = processes as [VariantProcess, ...VariantProcess[]];
  for (const [i, path] of first.outputs.entries()) {
    const { data } = await readPng(path);
    const pixels = Buffer.from(data);
    for (const { variant, outputs } of others) {
      if (pixels.equals(Buffer.from((await readPng(outputs[i] as string)).data))) continue;
      throw new Error(`picture ${i}: pixels of ${variantName(first.variant)} and ${variantName(variant)} differ`);
    }
    psnr.push(distortion(data, (await readPng(originals[i] as string)).data).psnr);
  }
  return psnr;
}

/** Facts about a stream, for the tables. */
interface StreamFacts {
  readonly layers: number;
  readonly bytes: number;
  /** Number of pixels that go through the network, including halos of windows; the encoder does not denoise the last state. */
  readonly networkPixels: Readonly<Record<Operation, number>>;
}

/** Determines the facts about a stream by decoding it with an executor that only counts pixels. */
async function streamFacts(path: string, { calibration, denoiser }: Model): Promise<StreamFacts> {
  const time = { networkMs: 0, transportMs: 0, whiteningMs: 0 };
  let networkPixels = 0;
  const counter: Executor = {
    calibration,
    sizeMultiple: denoiser.sizeMultiple,
    concurrency: 1,
    denoise: async ({ seen, inner }: WindowJob) => {
      networkPixels += seen.width * seen.height;
      const pixels = inner.width * inner.height;
      return { mean: new Float32Array(pixels * 3), blockVariance: new Float64Array(pixels / 64), time };
    },
    residual: () => Promise.reject(new Error('decoders have no residuals')),
    takeStep: async ({ y }) => ({ y, packed: null, expectedBits: 0, time }),
  };
  let layers = 0;
  /** Pixels of the states but the last. */
  let encode = 0;
  let decode = 0;
  for await (const state of decodeWalk(parseStream(readFileSync(path)), new WalkRun(counter))) {
    layers = state.layers;
    encode = decode;
    decode = networkPixels;
  }
  return { layers, bytes: statSync(path).size, networkPixels: { encode, decode } };
}

/** Means of the facts over several streams. */
async function meanFacts(paths: readonly string[]): Promise<StreamFacts> {
  const model = await openDefaultModel();
  const each: StreamFacts[] = [];
  for (const path of paths) each.push(await streamFacts(path, model));
  model.denoiser.dispose();
  return {
    layers: mean(each.map(({ layers }) => layers)),
    bytes: mean(each.map(({ bytes }) => bytes)),
    networkPixels: {
      encode: mean(each.map(({ networkPixels }) => networkPixels.encode)),
      decode: mean(each.map(({ networkPixels }) => networkPixels.decode)),
    },
  };
}

/**
 * Side of the input whose floor applies: 32 for 32x32, otherwise 512, because larger pictures are closer to whole
 * windows.
 */
function floorSide({ width }: Group): string {
  return width === 32 ? '32' : '512';
}

/** Facts that all rows of a group share. */
interface GroupFacts {
  readonly facts: StreamFacts;
  readonly psnr: number;
  readonly floor: Floor | null;
}

function makeRow(group: Group, operation: Operation, { variant, passes }: VariantProcess, common: GroupFacts): Row {
  const { facts, psnr, floor } = common;
  const { wallMs, cpuMs, networkMs, trellisMs, whiteningMs, ioMs } = median(passes);
  const { pictures, width, height } = group;
  const threads = variant.threads === 'inline' ? 1 : variant.threads;
  const megapixels = (width * height) / 1e6;
  const other = wallMs * threads - networkMs - trellisMs - whiteningMs - ioMs;
  return {
    group: group.name,
    operation,
    ...variant,
    pictures,
    megapixels,
    repeats: passes.length,
    wallMs: wallMs / pictures,
    cpuMs: cpuMs / pictures,
    networkMs: networkMs / pictures,
    trellisMs: trellisMs / pictures,
    whiteningMs: whiteningMs / pictures,
    ioMs: ioMs / pictures,
    otherMs: other / pictures,
    imagesPerSecond: (1000 * pictures) / wallMs,
    secondsPerMegapixel: wallMs / 1000 / pictures / megapixels,
    peakRssBytes: Math.max(...passes.map(({ peakRssBytes }) => peakRssBytes)),
    layers: facts.layers,
    bpp: (facts.bytes * 8) / (width * height),
    psnr,
    networkPixelsPerPixel: facts.networkPixels[operation] / (width * height),
    floorMs: floor && (floor.secondsPerMegapixel[floorSide(group)] as number) * (facts.networkPixels[operation] / 1e3),
  };
}

/**
 * Measures encoding and decoding of the pictures of a group with all its variants.
 *
 * @param folder - empty folder for temporary files
 * @param floor - null if it was not measured
 * @returns two rows for each variant
 */
export async function measureGroup(group: Group, folder: string, floor: Floor | null): Promise<Row[]> {
  mkdirSync(folder, { recursive: true });
  const originals = await writePictures(folder, group.width, group.height, group.pictures);
  let psnr: readonly number[] = [];
  const encoders = await runVariants(group, 'encode', { folder, inputs: originals }, checkStreams);
  const streams = (encoders[0] as VariantProcess).outputs;
  const decoders = await runVariants(group, 'decode', { folder, inputs: streams }, async (processes) => {
    psnr = await checkPixels(processes, originals);
  });
  const facts = await meanFacts(streams);
  const common = { facts, psnr: mean(psnr), floor };
  return [
    ...encoders.map((encoder) => makeRow(group, 'encode', encoder, common)),
    ...decoders.map((decoder) => makeRow(group, 'decode', decoder, common)),
  ];
}
