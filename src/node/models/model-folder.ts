/** The user's model folder: models by name and id, in files `NAME-ID.safetensors`. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DdpmError } from '../../base/errors.ts';
import { FORMAT_MODEL } from '../../codec/format/default-model.ts';

/** Path of the model that is shipped with the package. */
export const DEFAULT_MODEL_PATH: string = fileURLToPath(
  new URL(`../../../models/${FORMAT_MODEL.name}.safetensors`, import.meta.url),
);

/** A model that can be named, as far as it is known without reading its file. */
export interface KnownModel {
  readonly name: string;
  readonly path: string;
  /** True for the model that comes with the package. */
  readonly shipped: boolean;
  /**
   * Id in the file's name; undefined for a file that was put there by hand. The true id is computed when it is loaded.
   */
  readonly id?: string;
}

const EXTENSION = '.safetensors';
const REGISTERED_FILE = /^(.+)-([0-9a-f]{16})\.safetensors$/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
/** A model's id, or at least its first 6 digits. Names must not look like this. */
const ID_START = /^[0-9a-f]{6,16}$/;

/** Limit of the bytes read of a header; no valid header is longer. */
const MAX_HEADER_BYTES = 100_000_008;

/**
 * Path of the folder of registered models: `DDPM_CODEC_MODELS`, or `ddpm-codec/models` in `XDG_DATA_HOME` (default
 * `~/.local/share`).
 */
export function modelFolder(): string {
  const { DDPM_CODEC_MODELS: folder, XDG_DATA_HOME: data } = process.env;
  return resolve(folder || join(data || join(homedir(), '.local', 'share'), 'ddpm-codec', 'models'));
}

/**
 * The shipped model, then those of the model folder in alphabetical order.
 *
 * @throws DdpmError `ERR_DDPM_MODEL_MISSING` if the folder exists but cannot be read
 */
export async function knownModels(): Promise<KnownModel[]> {
  const shipped = { ...FORMAT_MODEL, path: DEFAULT_MODEL_PATH, shipped: true };
  const folder = modelFolder();
  let files: string[];
  try {
    files = await readdir(folder);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw unreadable(folder, cause);
    files = [];
  }
  const registered = files
    .filter((file) => file.endsWith(EXTENSION) && !file.startsWith('.'))
    .sort()
    .map((file): KnownModel => {
      const [, name = basename(file, EXTENSION), id] = REGISTERED_FILE.exec(file) ?? [];
      return { name, path: join(folder, file), shipped: false, ...(id !== undefined && { id }) };
    });
  return [shipped, ...registered];
}

/**
 * Path of the weights file for a name, an id (or at least its first 6 digits) or a path.
 *
 * @throws DdpmError `ERR_DDPM_MODEL_MISSING` if no model matches, or more than one
 */
export async function resolveModel(model: string): Promise<string> {
  if (/[/\\]/.test(model) || model.endsWith(EXTENSION)) return model;
  const known = await knownModels();
  const isMeant = ({ name, id }: KnownModel): boolean =>
    name === model || (ID_START.test(model) && id?.startsWith(model) === true);
  const found = known.filter(isMeant);
  if (found.length === 1) return (found[0] as KnownModel).path;
  if (found.length > 1) {
    const ids = found.map(({ id, path }) => id ?? path).join(', ');
    throw new DdpmError('ERR_DDPM_MODEL_MISSING', `model ${model} is more than one: ${ids}. Give an id`);
  }
  if (existsSync(model)) return model;
  const names = known.map(({ name }) => name).join(', ');
  const where = `neither a file nor a model in ${modelFolder()} (there are: ${names})`;
  throw new DdpmError(
    'ERR_DDPM_MODEL_MISSING',
    `no model ${model}: ${where}. Import it with: ddpm-codec models import`,
  );
}

/**
 * Chooses the model to open for a stream.
 *
 * @param model - the caller's option `model`
 * @param streamModel - id of the model that the stream was made with; undefined if there is no stream yet
 * @returns `model` if given, otherwise the path of the model with that id; undefined for the default model, also if no
 *   model has that id
 */
export async function modelForStream(
  model: string | undefined,
  streamModel: string | undefined,
): Promise<string | undefined> {
  if (model !== undefined || streamModel === undefined || streamModel === FORMAT_MODEL.id) return model;
  return (await knownModels()).find(({ id }) => id === streamModel)?.path;
}

/**
 * Name of a model: that in the list of models, or else that of its file.
 *
 * @param model - name, id or path
 * @throws DdpmError `ERR_DDPM_MODEL_MISSING` if there is no such model
 */
export async function modelName(model: string): Promise<string> {
  const path = await resolveModel(model);
  const known = (await knownModels()).find((candidate) => resolve(candidate.path) === resolve(path));
  if (known !== undefined) return known.name;
  const file = basename(path);
  return REGISTERED_FILE.exec(file)?.[1] ?? basename(file, EXTENSION);
}

/**
 * Writes a model file to the model folder, atomically. Models of the same name that have no calibration are removed: no
 * stream can have been made with them.
 *
 * @param data - bytes of a model file
 * @param model - its name and its id
 * @returns path of the file
 * @throws RangeError for an invalid name; DdpmError `ERR_DDPM_OUTPUT` if another model has the name, or the file cannot
 *   be written
 */
export async function registerModel(data: Uint8Array, { name, id }: { name: string; id: string }): Promise<string> {
  const outdated = await checkNameFree(name, id);
  const folder = modelFolder();
  const path = join(folder, `${name}-${id}${EXTENSION}`);
  const temporary = join(folder, `.${name}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(temporary, data, { flag: 'wx', flush: true });
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    const why = `${(cause as Error).message}. Set DDPM_CODEC_MODELS to another folder`;
    throw new DdpmError('ERR_DDPM_OUTPUT', `cannot write model ${path}: ${why}`, { cause });
  }
  for (const old of outdated) await rm(old, { force: true });
  return path;
}

/**
 * Checks that a model can be registered under a name.
 *
 * @param id - id of the new model, if it is known
 * @returns paths of the models that it will replace
 * @throws RangeError for an invalid name; DdpmError `ERR_DDPM_OUTPUT` if another model that can code has the name
 */
export async function checkNameFree(name: string, id?: string): Promise<string[]> {
  checkModelName(name);
  const outdated: string[] = [];
  for (const known of await knownModels()) {
    if (known.name !== name || (known.id !== undefined && known.id === id)) continue;
    if (known.shipped || (await isCalibrated(known.path))) {
      const other = `there is another model ${name} (${known.id ?? known.path})`;
      throw new DdpmError('ERR_DDPM_OUTPUT', `cannot register model ${name}: ${other}. Give another --name`);
    }
    outdated.push(known.path);
  }
  return outdated;
}

/** Whether a model has a calibration; true also for files that cannot be parsed, so that they are not removed. */
async function isCalibrated(path: string): Promise<boolean> {
  const { parseSafetensorsHeader } = await import('../../model/weights/safetensors.ts');
  try {
    return parseSafetensorsHeader((await readModelHeader(path)).header, path).shapes.has('calibration.sigma');
  } catch {
    return true;
  }
}

/**
 * Checks that a name is valid: safe as part of a file name, and not to be confused with an id or a file.
 *
 * @throws RangeError if it is not
 */
export function checkModelName(name: unknown): asserts name is string {
  if (typeof name === 'string' && NAME.test(name) && !ID_START.test(name) && !name.endsWith(EXTENSION)) return;
  const rule = 'a name of 1..100 letters, digits, ".", "_" and "-" that is no id and no file';
  throw new RangeError(`"name" expected ${rule}, got ${JSON.stringify(name)}`);
}

/**
 * Reads a model's file.
 *
 * @throws DdpmError `ERR_DDPM_MODEL_MISSING` if it cannot be read
 */
export async function readModelFile(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/**
 * Reads the start of a model's file, up to the end of its header.
 *
 * @returns these bytes, and the length of the whole file in bytes
 * @throws DdpmError `ERR_DDPM_MODEL_MISSING` if it cannot be read
 */
export async function readModelHeader(path: string): Promise<{ header: Uint8Array; bytes: number }> {
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      const length = new Uint8Array(8);
      await file.read(length, 0, 8, 0);
      const end = 8 + Number(new DataView(length.buffer).getBigUint64(0, true));
      const header = new Uint8Array(Math.min(end, size, MAX_HEADER_BYTES));
      await file.read(header, 0, header.length, 0);
      return { header, bytes: size };
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): DdpmError {
  return new DdpmError('ERR_DDPM_MODEL_MISSING', `cannot read model ${path}: ${(cause as Error).message}`, { cause });
}
