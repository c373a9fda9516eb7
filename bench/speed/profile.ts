/** Profiles `encode` in one thread with V8's sampling profiler. */
import { readFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { encode } from 'ddpm-codec';
import { PARTS } from './parts.js';
import type { Profile } from './types.js';

/** The part of the inspector protocol's profile that is used here. */
interface Samples {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly url: string; readonly functionName: string };
    readonly children?: readonly number[] | undefined;
  }[];
  readonly samples?: readonly number[] | undefined;
  readonly timeDeltas?: readonly number[] | undefined;
}

/** Parts of the program, by the file of a function; the first match counts. */
const FILES: readonly (readonly [string, RegExp])[] = [
  [PARTS.aroundNetwork, /\/dist\/model\//],
  [PARTS.aroundSearch, /\/dist\/codec\/trellis\//],
  [PARTS.basis, /\/dist\/codec\/(calibration|executor|math)\//],
  [PARTS.planes, /\/dist\/codec\/(grid|walk)\//],
  [PARTS.codec, /\/dist\//],
];

function partOf(url: string, functionName: string, caller: string): string {
  if (url.startsWith('wasm:')) return /\/trellis\//.test(caller) ? PARTS.search : PARTS.network;
  if (functionName === '(garbage collector)') return PARTS.collector;
  return FILES.find(([, files]) => files.test(url))?.[0] ?? PARTS.rest;
}

/** Shares of the time by part, the largest first. */
function sharesOf({ nodes, samples = [], timeDeltas = [] }: Samples): Profile['shares'] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parent = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const callerOf = (id: number): string => {
    let at: number | undefined = id;
    while (at !== undefined && byId.get(at)?.callFrame.url.startsWith('wasm:')) at = parent.get(at);
    return (at !== undefined && byId.get(at)?.callFrame.url) || '';
  };
  const times = new Map<string, number>();
  let total = 0;
  for (const [i, id] of samples.entries()) {
    const { url, functionName } = (byId.get(id) as Samples['nodes'][number]).callFrame;
    if (functionName === '(idle)') continue;
    const time = timeDeltas[i] as number;
    const caller = callerOf(id);
    const part = partOf(url, functionName, caller);
    times.set(part, (times.get(part) ?? 0) + time);
    total += time;
  }
  return [...times].sort((a, b) => b[1] - a[1]).map(([part, time]) => ({ part, share: time / total }));
}

/**
 * Profiles the encoding of pictures, one after the other, after a warm-up.
 *
 * @param name - name of the profile
 * @param paths - paths of image files
 * @param bpp - rate in bits per pixel; undefined for the default quality
 */
export async function profileEncode(name: string, paths: readonly string[], bpp: number | undefined): Promise<Profile> {
  const goal = bpp === undefined ? {} : { bpp };
  const run = (path: string): Promise<unknown> => encode(readFileSync(path), { ...goal, thread: 'inline' });
  await run(paths[0] as string);
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.start');
  for (const path of paths) await run(path);
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  return { name, shares: sharesOf(profile) };
}
