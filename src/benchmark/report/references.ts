/** Reads published curves, which are shown together with measured ones. */
import { readFile } from 'node:fs/promises';
import { DdpmError } from '../../base/errors.ts';

/** A published rate-distortion curve and its source. */
export interface ReferenceCurve {
  readonly name: string;
  /** `ideal`: the rates were computed, and no files were made. */
  readonly kind: 'real' | 'ideal';
  readonly note: string;
  /** Authors, title and year of the paper. */
  readonly source: string;
  readonly url: string;
  readonly dataSet: string;
  /** Ascending in rate. */
  readonly points: readonly { readonly bpp: number; readonly psnr: number }[];
}

/**
 * Format of the files `references/*.json`. Each point has a rate (bpp or bitsPerDim) and a distortion (psnr or rmse).
 */
interface ReferenceFile {
  readonly schemaVersion: number;
  readonly dataSet: string;
  readonly source: { readonly authors: string; readonly title: string; readonly year: number; readonly url: string };
  readonly curves: readonly {
    readonly name: string;
    readonly kind: 'real' | 'ideal';
    readonly note: string;
    readonly points: readonly {
      readonly bpp?: number;
      /** Bits per sample of RGB. */
      readonly bitsPerDim?: number;
      readonly psnr?: number;
      /** In grey levels. */
      readonly rmse?: number;
    }[];
  }[];
}

/** Names of the references that the package contains. */
export const REFERENCE_NAMES: readonly string[] = Object.freeze(['uqdm', 'ddpm-paper']);

const FOLDER = new URL('../../../references/', import.meta.url);
const RGB = 3;

/**
 * Reads the curves of a reference.
 *
 * @param name - one of {@link REFERENCE_NAMES}, or the path of a file of the same format
 * @throws DdpmError `ERR_DDPM_INPUT` if the file is missing or has another format
 */
export async function readReference(name: string): Promise<ReferenceCurve[]> {
  const path = REFERENCE_NAMES.includes(name) ? new URL(`${name}.json`, FOLDER) : name;
  try {
    return curvesOf(JSON.parse(await readFile(path, 'utf8')) as ReferenceFile);
  } catch (cause) {
    const known = `Known: ${REFERENCE_NAMES.join(', ')}, or a file of their form`;
    throw new DdpmError('ERR_DDPM_INPUT', `reference ${name}: ${(cause as Error).message}. ${known}`, { cause });
  }
}

function curvesOf({ schemaVersion, dataSet, source, curves }: ReferenceFile): ReferenceCurve[] {
  if (schemaVersion !== 1) throw new Error(`schemaVersion is ${schemaVersion}, expected 1`);
  const { authors, title, year, url } = source;
  return curves.map(({ name, kind, note, points }) => ({
    name,
    kind,
    note,
    source: `${authors}: ${title} (${year})`,
    url,
    dataSet,
    points: points.map(pointOf).sort((a, b) => a.bpp - b.bpp),
  }));
}

function pointOf(point: ReferenceFile['curves'][number]['points'][number]): { bpp: number; psnr: number } {
  const { bpp = (point.bitsPerDim ?? Number.NaN) * RGB, psnr = 20 * Math.log10(255 / (point.rmse ?? Number.NaN)) } =
    point;
  if (!(bpp > 0) || !Number.isFinite(psnr))
    throw new Error(`a point has no rate or no distortion: ${JSON.stringify(point)}`);
  return { bpp, psnr };
}
