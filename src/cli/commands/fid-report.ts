/** What the `fid` command prints. */
import { describeExtraction } from '../../fid/extraction.ts';
import type { KernelDistance } from '../../fid/kernel-distance.ts';
import { printJson } from '../command-options.ts';
import type { FeatureSource } from '../files/feature-sets.ts';
import { type CliIo, writeStandardOutput } from '../terminal/cli-io.ts';
import { grouped, seconds } from '../terminal/text-format.ts';
import type { FidCommandOptions } from './fid-options.ts';

/** How far two sets are apart; null where that was not asked for. */
export interface Distances {
  readonly fid: number;
  readonly kid: KernelDistance | null;
  readonly precision: number | null;
  readonly recall: number | null;
}

/** Prints the distances, if there are two sets, and what they are of. */
export async function reportFid(
  sets: readonly FeatureSource[],
  result: (Distances & { readonly timeMs: number }) | undefined,
  { saveStats, saveFeatures, json, quiet }: FidCommandOptions,
  io: CliIo,
): Promise<void> {
  const saved = [saveStats, saveFeatures].filter((path) => path !== undefined);
  const [{ statistics, extraction: first }] = sets;
  const extraction = sets.find((set) => set.extraction)?.extraction ?? first;
  const of = ({ source, statistics: { count } }: FeatureSource): object => ({ source, images: count });
  if (json) {
    const [a, b] = sets;
    const fields = { ...result, a: of(a), b: b ? of(b) : null, dims: statistics.dims, extraction, saved };
    return printJson('fid', fields, io);
  }
  const count = ({ statistics: { count: images } }: FeatureSource): string =>
    images === null ? 'number of images not known' : `${grouped(images)} images`;
  const lines = [
    ...(result ? describeDistances(result) : []),
    ...sets.map((set, i) => `${'AB'[i]}          ${set.source}: ${count(set)}`),
    `features   ${grouped(statistics.dims)}, ${extraction ? describeExtraction(extraction) : 'of a network that no file names'}`,
    ...saved.map((path) => `saved      ${path}`),
    ...(result ? [`time       ${seconds(result.timeMs)}`] : []),
  ];
  if (!result && quiet) return;
  await writeStandardOutput(`${lines.join('\n')}\n`, io);
}

function describeDistances({ fid, kid, precision, recall }: Distances): string[] {
  const shares = { precision, recall };
  return [
    `FID        ${fid.toFixed(6)}`,
    ...(kid
      ? [
          `KID        ${kid.mean.toFixed(6)}, deviation ${kid.deviation.toFixed(6)} over ${kid.subsets} subsets of ${grouped(kid.subsetSize)}`,
        ]
      : []),
    ...Object.entries(shares).flatMap(([name, share]) =>
      share === null ? [] : [`${name.padEnd(9)}  ${share.toFixed(4)}`],
    ),
  ];
}
