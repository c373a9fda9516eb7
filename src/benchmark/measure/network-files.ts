/** Files of the networks that the benchmark measures with, if it is given some. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { DdpmError } from '../../base/errors.ts';
import { type LearnedDistance, openDists, openLpips } from '../../quality/learned-distance.ts';
import type { Row } from '../bench-types.ts';

/** Measures that networks compute. */
export const NETWORK_MEASURES: readonly NetworkMeasure[] = ['lpips', 'dists'];

/** Name of such a measure; its column in the rows. */
export type NetworkMeasure = keyof Pick<Row, 'lpips' | 'dists'>;

/** Paths of ONNX files by measure. */
export type NetworkFiles = Readonly<Partial<Record<NetworkMeasure, string>>>;

/** Scores by measure; null without a network, or if the picture is too small. */
export type NetworkScores = Readonly<Record<NetworkMeasure, number | null>>;

/** Scores without networks. */
export const NO_SCORES: NetworkScores = Object.freeze({ lpips: null, dists: null });

const OPEN = { lpips: openLpips, dists: openDists } as const;

/**
 * Opens a network.
 *
 * @throws DdpmError `ERR_DDPM_MODEL_MISSING` if the file cannot be read; as {@link openLpips}
 */
export async function openNetwork(measure: NetworkMeasure, path: string): Promise<LearnedDistance> {
  return OPEN[measure](await readNetwork(path), { source: path });
}

/**
 * Identifies the networks, for the version of rows: `, lpips 0123abcd`. Opens each, to find out early if one does not fit.
 *
 * @returns the first 8 hexadecimal digits of each file's SHA-256; empty without networks
 * @throws as {@link openNetwork}
 */
export async function networkVersions(files: NetworkFiles): Promise<string> {
  let versions = '';
  for (const measure of NETWORK_MEASURES) {
    const path = files[measure];
    if (path === undefined) continue;
    await (await openNetwork(measure, path)).close();
    const digest = createHash('sha256')
      .update(await readNetwork(path))
      .digest('hex');
    versions += `, ${measure} ${digest.slice(0, 8)}`;
  }
  return versions;
}

async function readNetwork(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    throw new DdpmError('ERR_DDPM_MODEL_MISSING', `${path}: the ONNX file cannot be read (${code})`, { cause });
  }
}
