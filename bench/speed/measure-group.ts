/**
 * Runs the variants of a group in turn, each in a process of its own, in all builds and versions of Node that are
 * compared, and checks that their results agree before timing them.
 */
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type RawImage, readImage } from 'ddpm-codec';
import { distortion } from '#dist/image/distortion.js';
import { mean } from '../mean.ts';
import { BenchProcess } from './bench-process.js';
import { writePictures } from './inputs.js';
import { nameOf } from './row-names.js';
import { meanFacts, type StreamFacts } from './stream-facts.js';
import { isFirst, type Subject } from './subjects.js';
import type {
  Floor,
  Group,
  Operation,
  OtherRow,
  Pass,
  PassOrder,
  Row,
  Stages,
  Timed,
  Variant,
  WorkerRole,
} from './types.js';

/** The encoder's PSNR and that of the decoded file are sums of the same integers. */
const PSNR_TOLERANCE = 1e-9;
const INLINE: Variant = { threads: 'inline', together: false };

/** A variant of a subject. */
interface Case {
  readonly variant: Variant;
  readonly subject: Subject;
}

/** Its process, its files, and the passes that were timed. */
interface CaseProcess extends Case {
  readonly worker: BenchProcess<PassOrder, Pass>;
  readonly files: PassOrder;
  readonly passes: Pass[];
}

/** The cases of a group: those of the working tree in this Node first. */
function casesOf({ variants, compared, inOtherNodes }: Group, subjects: readonly Subject[]): Case[] {
  return subjects.flatMap((subject) => {
    const isHere = subject.commit === null;
    const isThisNode = subject.node === process.version;
    if (isHere && !isThisNode) return inOtherNodes ? [{ variant: INLINE, subject }] : [];
    if (!isThisNode) return [];
    return (isHere ? variants : compared).map((variant) => ({ variant, subject }));
  });
}

function caseName({ variant, subject }: Case): string {
  return nameOf({ ...variant, ...subject });
}

/** The pass with the median wall-clock time. */
function medianPass(passes: readonly Pass[]): Pass {
  return passes.toSorted((a, b) => a.wallMs - b.wallMs)[(passes.length - 1) >> 1] as Pass;
}

/**
 * Runs the passes of all processes in turn. Calls `check` with the passes of the first round, which is the warm-up if
 * there is one.
 */
async function runRounds(
  processes: readonly CaseProcess[],
  { warmUp, repeats }: Group,
  check: (first: readonly Pass[]) => Promise<void>,
): Promise<void> {
  const first: Pass[] = [];
  for (let round = warmUp ? -1 : 0; round < repeats; round++) {
    for (const { worker, files, passes } of processes) {
      const result = await worker.ask(files);
      if (first.length < processes.length) first.push(result);
      if (round >= 0) passes.push(result);
    }
    if (first.length === processes.length && round <= 0) await check(first);
  }
}

/** Starts a process for each case, runs the passes, and ends the processes. */
async function runCases(
  group: Group,
  operation: Operation,
  place: { readonly folder: string; readonly cases: readonly Case[]; readonly inputs: (subject: Subject) => string[] },
  check: (processes: readonly CaseProcess[], first: readonly Pass[]) => Promise<void>,
): Promise<CaseProcess[]> {
  const processes = place.cases.map((one, number): CaseProcess => {
    const role: WorkerRole = { ...one.variant, operation, goal: group.goal, root: one.subject.root };
    const folder = join(place.folder, `${operation}-${number}`);
    mkdirSync(folder);
    const extension = operation === 'encode' ? 'ddpm' : 'png';
    const inputs = place.inputs(one.subject);
    const outputs = inputs.map((_, i) => join(folder, `${i}.${extension}`));
    return {
      ...one,
      worker: new BenchProcess('worker', role, one.subject.program),
      files: { inputs, outputs },
      passes: [],
    };
  });
  try {
    await runRounds(processes, group, (first) => check(processes, first));
  } finally {
    for (const { worker } of processes) worker.end();
  }
  return processes;
}

/** The processes by subject. */
function bySubject<T extends Case>(processes: readonly T[]): Map<Subject, [T, ...T[]]> {
  const map = new Map<Subject, [T, ...T[]]>();
  for (const one of processes) {
    const list = map.get(one.subject);
    if (list) list.push(one);
    else map.set(one.subject, [one]);
  }
  return map;
}

/** Checks that all variants of a subject wrote the same streams. */
function checkStreams(processes: readonly CaseProcess[]): void {
  for (const [first, ...others] of bySubject(processes).values()) {
    for (const [i, path] of first.files.outputs.entries()) {
      const bytes = readFileSync(path);
      for (const other of others) {
        if (bytes.equals(readFileSync(other.files.outputs[i] as string))) continue;
        throw new Error(`picture ${i}: streams of ${caseName(first)} and ${caseName(other)} differ`);
      }
    }
  }
}

async function readPixels(path: string): Promise<RawImage['data']> {
  return (await readImage(readFileSync(path), { source: path })).data;
}

/**
 * Checks that all variants of a subject decoded the same pixels, and that their PSNR is the one that the encoder
 * reported, if it did.
 *
 * @returns mean PSNR of the pictures of each subject
 */
async function checkPixels(
  processes: readonly CaseProcess[],
  originals: readonly string[],
  reported: ReadonlyMap<Subject, Pass['psnr']>,
): Promise<Map<Subject, number>> {
  const psnr = new Map<Subject, number>();
  for (const [subject, [first, ...others]] of bySubject(processes)) {
    const found: number[] = [];
    for (const [i, path] of first.files.outputs.entries()) {
      const pixels = await readPixels(path);
      for (const other of others) {
        const same = Buffer.from(pixels).equals(Buffer.from(await readPixels(other.files.outputs[i] as string)));
        if (!same) throw new Error(`picture ${i}: pixels of ${caseName(first)} and ${caseName(other)} differ`);
      }
      const { psnr: value } = distortion(pixels, await readPixels(originals[i] as string));
      const said = reported.get(subject)?.[i] ?? value;
      if (!(Math.abs(value - said) <= PSNR_TOLERANCE))
        throw new Error(`${caseName(first)}, picture ${i}: decoded PSNR is ${value} dB, the encoder says ${said} dB`);
      found.push(value);
    }
    psnr.set(subject, mean(found));
  }
  return psnr;
}

/** What the rows of a subject share. */
interface SubjectFacts {
  readonly bpp: number;
  readonly psnr: number;
}

function timed(group: Group, operation: Operation, { variant, passes }: CaseProcess, facts: SubjectFacts): Timed {
  const roundsMs = passes.map(({ wallMs }) => wallMs / group.pictures);
  return { group: group.name, operation, ...variant, roundsMs, ...facts };
}

function makeRow(group: Group, one: CaseProcess, common: Timed, facts: StreamFacts, floor: Floor | null): Row {
  const { wallMs, cpuMs, stages } = medianPass(one.passes);
  if (!stages) throw new Error('the working tree reports no times of its stages');
  const { pictures, width, height } = group;
  const threads = one.variant.threads === 'inline' ? 1 : one.variant.threads;
  const megapixels = (width * height) / 1e6;
  const { networkMs, trellisMs, whiteningMs, ioMs } = stages;
  const perPicture: Stages = {
    networkMs: networkMs / pictures,
    trellisMs: trellisMs / pictures,
    whiteningMs: whiteningMs / pictures,
    ioMs: ioMs / pictures,
  };
  return {
    ...common,
    ...perPicture,
    pictures,
    megapixels,
    repeats: one.passes.length,
    wallMs: wallMs / pictures,
    cpuMs: cpuMs / pictures,
    otherMs: (wallMs * threads - networkMs - trellisMs - whiteningMs - ioMs) / pictures,
    imagesPerSecond: (1000 * pictures) / wallMs,
    secondsPerMegapixel: wallMs / 1000 / pictures / megapixels,
    peakRssBytes: Math.max(...one.passes.map(({ peakRssBytes }) => peakRssBytes)),
    layers: facts.layers,
    networkPixelsPerPixel: facts.networkPixels[common.operation] / (width * height),
    floorMs: floor && floor.secondsPerMegapixel * (facts.networkPixels[common.operation] / 1e3),
  };
}

/** Rows of the working tree, and of all else that it is compared with. */
export interface GroupRows {
  readonly rows: Row[];
  readonly others: OtherRow[];
}

/**
 * Measures encoding and decoding of the pictures of a group with all its variants. Every build decodes the streams that
 * it has encoded.
 *
 * @param folder - empty folder for temporary files
 * @param floor - null if it was not measured
 */
export async function measureGroup(
  group: Group,
  subjects: readonly Subject[],
  folder: string,
  floor: Floor | null,
): Promise<GroupRows> {
  mkdirSync(folder, { recursive: true });
  const cases = casesOf(group, subjects);
  const originals = await writePictures(folder, group.width, group.height, group.pictures);
  const reported = new Map<Subject, Pass['psnr']>();
  const encoding = { folder, cases, inputs: () => originals };
  const encoders = await runCases(group, 'encode', encoding, async (processes, first) => {
    checkStreams(processes);
    for (const [i, { subject }] of processes.entries()) reported.set(subject, (first[i] as Pass).psnr);
  });
  const streams = new Map([...bySubject(encoders)].map(([subject, [first]]) => [subject, [...first.files.outputs]]));
  let psnr = new Map<Subject, number>();
  const decoding = { folder, cases, inputs: (subject: Subject) => streams.get(subject) as string[] };
  const decoders = await runCases(group, 'decode', decoding, async (processes) => {
    psnr = await checkPixels(processes, originals, reported);
  });
  const bits = (paths: readonly string[]): number => 8 * mean(paths.map((path) => statSync(path).size));
  const facts = await meanFacts((encoders[0] as CaseProcess).files.outputs);
  const rows: Row[] = [];
  const others: OtherRow[] = [];
  for (const [operation, processes] of Object.entries({ encode: encoders, decode: decoders })) {
    for (const one of processes) {
      const { subject } = one;
      const bpp = bits(streams.get(subject) as string[]) / (group.width * group.height);
      const times = timed(group, operation as Operation, one, { bpp, psnr: psnr.get(subject) as number });
      if (isFirst(subject)) rows.push(makeRow(group, one, times, facts, floor));
      else others.push({ ...times, commit: subject.commit, node: subject.node });
    }
  }
  return { rows, others };
}
