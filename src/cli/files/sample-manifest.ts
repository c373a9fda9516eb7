/** The file in a folder of samples that says what made them, so that a run goes on only with the same. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SampleSettings } from '../../api/sample.ts';
import { DdpmError } from '../../base/errors.ts';
import type { ImageFormat } from '../../image/files/image-format.ts';
import type { BackendName } from '../../model/backends/backend.ts';
import { writeFileAtomic } from '../../storage/atomic-write.ts';
import { statsOf } from '../../storage/stats-of.ts';
import { systemReason } from '../../storage/system-reason.ts';

/** Name of the file. */
export const SAMPLE_MANIFEST = 'samples.json';

const SCHEMA_VERSION = 1;
/** A manifest has less than 1 kB. */
const MAX_BYTES = 65536;

/** Everything that the samples of a folder depend on, besides their numbers. */
export interface SampleManifest extends SampleSettings {
  /** Version of this package: another one may make other images. */
  readonly version: string;
  /** Floating point differs from backend to backend. */
  readonly backend: BackendName;
  readonly format: ImageFormat;
}

/**
 * Claims a folder for samples: writes its manifest, or checks the one that is there.
 *
 * @param folder - exists
 * @param samples - names of samples that are in the folder
 * @throws DdpmError `ERR_DDPM_OUTPUT` if the folder has samples that were made in another way or without a manifest, or
 *   the manifest cannot be read or written
 */
export async function claimFolder(
  folder: string,
  manifest: SampleManifest,
  samples: ReadonlySet<string>,
): Promise<void> {
  const path = join(folder, SAMPLE_MANIFEST);
  const wanted = { schemaVersion: SCHEMA_VERSION, ...manifest };
  if (!statsOf(path)) {
    const [sample] = samples;
    if (sample !== undefined) {
      throw refused(folder, `it has a file ${sample}, and no ${SAMPLE_MANIFEST} that says what made it`);
    }
    const text = `${JSON.stringify(wanted, null, 1)}\n`;
    try {
      return await writeFileAtomic(path, Buffer.from(text), { replace: false });
    } catch (error) {
      if (!statsOf(path)) throw error; // otherwise another shard was first
    }
  }
  const found = readManifest(path);
  for (const [key, value] of Object.entries(wanted)) {
    if (found[key] === value) continue;
    const [was, now] = [found[key], value].map((item) => JSON.stringify(item ?? null).slice(0, 80));
    throw refused(folder, `its samples were made with ${key} ${was}, and these would be with ${now}`);
  }
}

function readManifest(path: string): Record<string, unknown> {
  let content: unknown;
  try {
    if ((statsOf(path)?.size ?? 0) <= MAX_BYTES) content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    if (cause instanceof SyntaxError) content = undefined;
    else
      throw new DdpmError('ERR_DDPM_OUTPUT', `cannot read ${path}: ${systemReason(cause)}. Check its permissions`, {
        cause,
      });
  }
  if (typeof content === 'object' && content !== null && !Array.isArray(content))
    return content as Record<string, unknown>;
  throw new DdpmError(
    'ERR_DDPM_OUTPUT',
    `${path} does not say what made the samples: it is no JSON object. Give another folder`,
  );
}

function refused(folder: string, why: string): DdpmError {
  return new DdpmError('ERR_DDPM_OUTPUT', `cannot write samples into ${folder}: ${why}. Give another folder`);
}
