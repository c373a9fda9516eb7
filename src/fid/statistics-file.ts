/**
 * Files with the statistics of a set of images: NumPy's .npz, with `mu` and `sigma` as pytorch-fid and ADM (guided-diffusion)
 * have them, so that these read ours and we read theirs. Ours have besides `about`, a JSON text, and with the features
 * `features`.
 */
import { unzipSync, zipSync } from 'fflate';
import { DdpmError } from '../base/errors.ts';
import { type Extraction, parseExtraction } from './extraction.ts';
import type { FeatureSet, FeatureStatistics } from './feature-statistics.ts';
import { readNumbers, readText, writeNpy } from './npy.ts';

/** Contents of a file with the statistics of a set of images. */
export interface SavedStatistics {
  readonly statistics: FeatureStatistics;
  /** How the features were made; null if the file does not say. */
  readonly extraction: Extraction | null;
  /** The features themselves, if they were saved and are wanted. */
  readonly features: FeatureSet | null;
}

/** Largest array that is read, in bytes. */
const MAX_ARRAY_BYTES = 2 ** 30;
/** What deflate makes of a byte at most, and room for headers: a file that promises more is no good. */
const MAX_EXPANSION = 1032;
const FORMAT = 'ddpm-codec statistics 1';
const MEMBERS = ['mu', 'sigma', 'about', 'features'] as const;

type Member = (typeof MEMBERS)[number];

/**
 * Writes a file. Equal contents give equal bytes.
 *
 * @throws DdpmError `ERR_DDPM_LIMIT` if an array has more bytes than are read
 */
export function writeStatistics({ statistics, extraction, features }: SavedStatistics): Uint8Array {
  const { count, dims, mean, covariance } = statistics;
  const about = JSON.stringify({ format: FORMAT, count, extraction });
  const members: Record<string, Uint8Array> = {
    'mu.npy': writeNpy({ shape: [dims], data: mean }),
    'sigma.npy': writeNpy({ shape: [dims, dims], data: covariance }),
    'about.npy': writeNpy(about),
    ...(features && { 'features.npy': writeNpy({ shape: [features.count, dims], data: features.data }) }),
  };
  for (const [name, { length }] of Object.entries(members)) {
    if (length <= MAX_ARRAY_BYTES) continue;
    const why = `${name} has ${length} bytes, at most ${MAX_ARRAY_BYTES} are saved`;
    throw new DdpmError(
      'ERR_DDPM_LIMIT',
      `cannot save statistics: ${why}. Save them without features, or of fewer images`,
    );
  }
  return zipSync(members, { level: 0, mtime: new Date(1980, 0, 1) });
}

/**
 * Reads a file of ours, of pytorch-fid or of ADM.
 *
 * @param source - name of the file, for error messages
 * @param options - `features`: whether they are wanted
 * @throws DdpmError `ERR_DDPM_INPUT` if it is none, or its parts do not fit each other
 */
export function readStatistics(
  bytes: Uint8Array,
  source: string,
  options: { readonly features?: boolean } = {},
): SavedStatistics {
  const members = unzip(bytes, source, options.features ? MEMBERS : ['mu', 'sigma', 'about']);
  const { mu, sigma, about, features } = members;
  if (!mu || !sigma)
    throw wrong(source, 'it has no arrays mu and sigma. Give statistics of this program, pytorch-fid or ADM');
  const mean = readNumbers(mu, `${source}, mu`);
  const covariance = readNumbers(sigma, `${source}, sigma`);
  const [dims = 0] = mean.shape;
  if (mean.shape.length !== 1 || dims === 0)
    throw wrong(source, `mu has shape (${mean.shape.join(', ')}), expected (d,)`);
  if (covariance.shape.join() !== `${dims},${dims}`) {
    throw wrong(
      source,
      `sigma has shape (${covariance.shape.join(', ')}), expected (${dims}, ${dims}) as mu has ${dims}`,
    );
  }
  const areFinite = [mean, covariance].every(({ data }) => data.every((value) => Number.isFinite(value)));
  if (!areFinite) throw wrong(source, 'mu or sigma has values that are not finite');
  const { count, extraction } = readAbout(about, source);
  return {
    statistics: { count, dims, mean: Float64Array.from(mean.data), covariance: Float64Array.from(covariance.data) },
    extraction,
    features: features ? readFeatures(features, dims, source) : null,
  };
}

function readFeatures(file: Uint8Array, dims: number, source: string): FeatureSet {
  const { shape, data } = readNumbers(file, `${source}, features`);
  if (shape.length !== 2 || shape[1] !== dims || shape[0] === 0) {
    throw wrong(source, `features has shape (${shape.join(', ')}), expected (n, ${dims})`);
  }
  if (!data.every((value) => Number.isFinite(value))) throw wrong(source, 'features has values that are not finite');
  return { count: shape[0], dims, data };
}

function readAbout(
  file: Uint8Array | undefined,
  source: string,
): Pick<FeatureStatistics, 'count'> & Pick<SavedStatistics, 'extraction'> {
  if (!file) return { count: null, extraction: null };
  const text = readText(file, `${source}, about`);
  let about: unknown;
  try {
    about = JSON.parse(text);
  } catch (cause) {
    throw new DdpmError('ERR_DDPM_INPUT', `${source}: about is no JSON: ${text.slice(0, 80)}`, { cause });
  }
  const { format, count, extraction } = (about ?? {}) as Record<string, unknown>;
  if (format !== FORMAT) throw wrong(source, `about has no format "${FORMAT}"`);
  if (!(Number.isSafeInteger(count) && (count as number) >= 2)) throw wrong(source, 'about has no count of 2 or more');
  return { count: count as number, extraction: parseExtraction(extraction, source) };
}

/** Unpacks the wanted arrays. */
function unzip(bytes: Uint8Array, source: string, wanted: readonly Member[]): { [member in Member]?: Uint8Array } {
  const names = new Map(wanted.map((member) => [`${member}.npy`, member]));
  let files: Record<string, Uint8Array>;
  try {
    files = unzipSync(bytes, {
      filter({ name, size, originalSize }) {
        if (!names.has(name)) return false;
        if (originalSize > MAX_ARRAY_BYTES || originalSize > (size + 1) * MAX_EXPANSION) {
          throw wrong(source, `${name} has ${originalSize} bytes; read are ${MAX_ARRAY_BYTES} at most`);
        }
        return true;
      },
    });
  } catch (cause) {
    if (cause instanceof DdpmError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new DdpmError('ERR_DDPM_INPUT', `${source}: not readable as .npz: ${why}`, { cause });
  }
  return Object.fromEntries(Object.entries(files).map(([name, file]) => [names.get(name), file]));
}

function wrong(source: string, why: string): DdpmError {
  return new DdpmError('ERR_DDPM_INPUT', `${source}: ${why}`);
}
