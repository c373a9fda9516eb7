import { modelId } from '../../model/weights/model-id.ts';
import type { SafetensorsHeader } from '../../model/weights/safetensors.ts';
import { type KnownModel, knownModels, readModelFile, readModelHeader } from './model-folder.ts';

/** A model that the option `model` can name. */
export interface ModelEntry {
  readonly name: string;
  /** Id in streams: first 8 bytes of the SHA-256 of the file, in hexadecimal. */
  readonly id: string;
  readonly path: string;
  /** Length of the file in bytes. */
  readonly bytes: number;
  /** True for the model that comes with the package. */
  readonly shipped: boolean;
  /** Null if the file's header cannot be read; `problem` says why. */
  readonly architecture: string | null;
  /** Number of values in all parameters. */
  readonly parameters: number;
  /** True if it has a calibration, so that images can be coded with it. */
  readonly calibrated: boolean;
  /** Why it cannot be used; null if the header is in order. The rest of the file is not checked. */
  readonly problem: string | null;
}

const CALIBRATION = 'calibration.';

/**
 * Lists the model of the package and those in the user's model folder (see `registerModel`). Reads the headers of the
 * files, not the weights.
 *
 * @throws DdpmError `ERR_DDPM_MODEL_MISSING` if the folder or a file cannot be read
 */
export async function listModels(): Promise<ModelEntry[]> {
  const entries: ModelEntry[] = [];
  for (const model of await knownModels()) entries.push(await entryOf(model));
  return entries;
}

async function entryOf({ name, path, shipped, id }: KnownModel): Promise<ModelEntry> {
  const { parseSafetensorsHeader } = await import('../../model/weights/safetensors.ts');
  const { header, bytes } = await readModelHeader(path);
  const basis = { name, id: id ?? (await modelId(await readModelFile(path))), path, bytes, shipped };
  try {
    return { ...basis, ...describe(parseSafetensorsHeader(header, path)), problem: null };
  } catch (error) {
    const problem = (error as Error).message;
    return { ...basis, architecture: null, parameters: 0, calibrated: false, problem };
  }
}

function describe({
  shapes,
  metadata,
}: SafetensorsHeader): Pick<ModelEntry, 'architecture' | 'parameters' | 'calibrated'> {
  const config: unknown = JSON.parse(metadata.config ?? 'null');
  const architecture = (config as { architecture?: unknown } | null)?.architecture;
  if (typeof architecture !== 'string') throw new Error('no model of ddpm-codec: its metadata names no architecture');
  let parameters = 0;
  for (const [name, shape] of shapes) {
    if (!name.startsWith(CALIBRATION)) parameters += shape.reduce((product, size) => product * size, 1);
  }
  return { architecture, parameters, calibrated: [...shapes.keys()].some((name) => name.startsWith(CALIBRATION)) };
}
