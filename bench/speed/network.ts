/**
 * Times the network alone on windows: in exact and fused arithmetic, in builds of other commits and versions of Node,
 * in the main thread and a worker thread of a process, and by the rivals' libraries. Each has a process of its own, and
 * they work in turn.
 */
import { BenchProcess } from './bench-process.js';
import { WINDOWS, type Windows } from './network-speeds.js';
import { hasOnnxruntime } from './rivals/onnxruntime.js';
import { isFirst, type Subject } from './subjects.js';
import type { NetworkAnswer, NetworkCase, NetworkOrder, NetworkRole, NetworkSpeed } from './types.js';

/** Largest difference between two networks' values, by the largest value. */
const TOLERANCE = 1e-3;

/**
 * Flags of Node for the rivals. Without it V8 runs what its fast compiler made beside what its good one made, and then
 * tfjs's convolutions take one to three times as long, which depends on chance: the callers, and where their stack is.
 */
const RIVAL_FLAGS = ['--no-liftoff'];

/** A case and its build. */
interface Candidate {
  readonly about: NetworkCase;
  readonly subject: Subject;
}

/** A case and its process. */
interface Running {
  readonly about: NetworkCase;
  readonly process: BenchProcess<NetworkOrder, NetworkAnswer>;
}

/** All that is measured; the codec in exact arithmetic in the running Node first. */
function candidates(subjects: readonly Subject[], say: (what: string) => void): Candidate[] {
  if (!hasOnnxruntime()) say('onnxruntime-web is not there, and is left out: npm run fetch-rivals');
  const makers = ['tfjs', ...(hasOnnxruntime() ? (['onnxruntime-web'] as const) : [])] as const;
  return subjects.flatMap((subject): Candidate[] => {
    const { commit, node } = subject;
    const common = { commit, node, arithmetic: 'exact', thread: 'main' } as const;
    const codec: NetworkCase = { ...common, maker: 'codec' };
    const cases: NetworkCase[] = [codec, { ...codec, arithmetic: 'fused' }];
    if (isFirst(subject)) cases.push({ ...codec, thread: 'worker' });
    if (commit === null) cases.push(...makers.map((maker) => ({ ...common, maker })));
    return cases.map((about) => ({ about, subject }));
  });
}

function start({ about, subject }: Candidate): Running {
  const { maker, arithmetic, thread } = about;
  const role: NetworkRole = { maker, arithmetic, thread, root: subject.root };
  const flags = maker === 'codec' ? [] : RIVAL_FLAGS;
  return { about, process: new BenchProcess('network-worker', role, subject.program, flags) };
}

async function valuesOf({ process }: Running, side: number): Promise<Float32Array> {
  const { values } = await process.ask({ side, runs: 1, values: true });
  const bytes = Buffer.from(values as string, 'base64');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** Largest difference between values, by the largest of `expected`; NaN if a value is. */
function difference(found: Float32Array, expected: Float32Array): number {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  let most = 0;
  for (const [i, value] of expected.entries()) {
    largest = Math.max(largest, Math.abs(value));
    most = Math.max(most, Math.abs((found[i] as number) - value));
  }
  return most / largest;
}

/**
 * Checks that all compute the same network. Returns them without those whose build or Node has no fused arithmetic of
 * its own: they give the bits of the exact one before them.
 */
async function checked(all: readonly Running[]): Promise<Running[]> {
  const alike = new Set<Running>();
  for (const { side } of WINDOWS) {
    let expected: Float32Array | undefined;
    let exact: Float32Array = new Float32Array();
    for (const one of all) {
      const values = await valuesOf(one, side);
      expected ??= values;
      const away = difference(values, expected);
      if (!(away <= TOLERANCE)) throw new Error(`${JSON.stringify(one.about)}: its values are off by ${away}`);
      if (one.about.arithmetic === 'exact') exact = values;
      else if (difference(values, exact) === 0) alike.add(one);
    }
  }
  return all.filter((one) => !alike.has(one));
}

/** Times all on the windows of a size, in turn. */
async function timeWindows(all: readonly Running[], { side, rounds, runs }: Windows): Promise<NetworkSpeed[]> {
  const speeds = all.map(({ about }) => ({ ...about, side, roundsMs: [] as number[] }));
  for (let round = 0; round < rounds; round++) {
    for (const [i, { process }] of all.entries()) {
      const { ms } = await process.ask({ side, runs, values: false });
      speeds[i]?.roundsMs.push(ms);
    }
  }
  return speeds;
}

/**
 * Measures the network of all subjects and of the rivals.
 *
 * @param say - is told what is left out because it is not installed
 */
export async function measureNetwork(
  subjects: readonly Subject[],
  say: (what: string) => void,
): Promise<NetworkSpeed[]> {
  const all = candidates(subjects, say).map(start);
  try {
    const kept = await checked(all);
    const speeds: NetworkSpeed[] = [];
    for (const windows of WINDOWS) speeds.push(...(await timeWindows(kept, windows)));
    return speeds;
  } finally {
    for (const { process } of all) process.end();
  }
}
