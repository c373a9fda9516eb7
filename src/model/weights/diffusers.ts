/**
 * Imports models of the diffusers library (https://github.com/huggingface/diffusers): `UNet2DModel` with a
 * `DDPMScheduler`.
 */
import { DdpmError } from '../../base/errors.ts';
import { fromConfig } from '../schedule/scheduler-config.ts';
import { parseUnetConfig, UNET_ARCHITECTURE, type UnetConfig, unetConfigFields } from '../unet/unet-config.ts';
import { parameterSize, unetParameters } from '../unet/unet-parameters.ts';
import { writeModel } from './model-writer.ts';
import { parseSafetensors, type Tensor } from './safetensors.ts';

/** A file of a diffusers folder. */
export interface DiffusersFile {
  /** Name of the file, for error messages. */
  readonly source: string;
  readonly bytes: Uint8Array;
}

/** The files that describe a diffusers model. */
export interface DiffusersDescription {
  /** `config.json` of the UNet2DModel. */
  readonly config: DiffusersFile;
  /** `scheduler_config.json`. */
  readonly scheduler: DiffusersFile;
}

/** All files of a diffusers model. */
export interface DiffusersFiles extends DiffusersDescription {
  /** `diffusion_pytorch_model.safetensors`. */
  readonly weights: DiffusersFile;
}

/** Result of {@link importDiffusers}. */
export interface ImportedModel {
  /** A model file without calibration. */
  readonly data: Uint8Array;
  /** Number of parameters of the network (single values). */
  readonly parameters: number;
}

/** Largest accepted config, in bytes. Real configs have less than 1000. */
const MAX_CONFIG_BYTES = 1_000_000;

/**
 * Parts of the names of attention layers: the present names of diffusers, which we use, and those of its older
 * versions.
 */
const ATTENTION_NAMES: readonly (readonly [now: string, before: string])[] = [
  ['.to_q.', '.query.'],
  ['.to_k.', '.key.'],
  ['.to_v.', '.value.'],
  ['.to_out.0.', '.proj_attn.'],
];

/** Fields of a `scheduler_config.json` that define the process; they are stored in the model file. */
const SCHEDULER_FIELDS = [
  'num_train_timesteps',
  'beta_start',
  'beta_end',
  'beta_schedule',
  'trained_betas',
  'variance_type',
  'clip_sample',
  'clip_sample_range',
  'prediction_type',
];

/** What the files that describe a model say. */
interface Description {
  readonly fields: Record<string, unknown>;
  readonly schedulerFields: Record<string, unknown>;
  readonly unet: UnetConfig;
}

/**
 * Checks that a model is of a kind that can be imported, without its weights.
 *
 * @throws DdpmError `ERR_DDPM_MODEL_CORRUPT` naming the file, the wrong field, and the supported values
 */
export function checkDiffusersConfig(files: DiffusersDescription): void {
  describe(files);
}

/**
 * Converts a diffusers model to a model file of this package. Parameters keep their type, float32 or float16.
 *
 * @throws DdpmError `ERR_DDPM_MODEL_CORRUPT` naming the file, the wrong field or tensor, and the supported values
 */
export function importDiffusers({ weights, ...files }: DiffusersFiles): ImportedModel {
  const { fields, schedulerFields, unet } = describe(files);
  const parameters = unetParameters(unet);
  const shapes = new Map(parameters.map(({ name, fileShape }) => [name, fileShape]));
  const tensors = readTensors(weights, shapes);
  const kept = SCHEDULER_FIELDS.filter((field) => schedulerFields[field] !== undefined);
  const description = {
    architecture: UNET_ARCHITECTURE,
    unet: unetConfigFields(unet),
    scheduler: Object.fromEntries(kept.map((field) => [field, schedulerFields[field]])),
    origin: { library: 'diffusers', version: fields._diffusers_version ?? null },
  };
  return {
    data: writeModel({ config: description, tensors }),
    parameters: parameters.reduce((sum, parameter) => sum + parameterSize(parameter), 0),
  };
}

function describe({ config, scheduler }: DiffusersDescription): Description {
  const fields = parseJson(config);
  const fail = (message: string) => new DdpmError('ERR_DDPM_MODEL_CORRUPT', `${config.source}: ${message}`);
  const className = fields._class_name ?? 'UNet2DModel';
  if (className !== 'UNet2DModel') {
    throw fail(`config field _class_name is ${JSON.stringify(className).slice(0, 80)}, supported: "UNet2DModel"`);
  }
  const unet = parseUnetConfig(fields, fail);
  const schedulerFields = parseJson(scheduler);
  fromConfig(schedulerFields, scheduler.source);
  return { fields, schedulerFields, unet };
}

/** Parses a file that must contain a JSON object. */
function parseJson({ source, bytes }: DiffusersFile): Record<string, unknown> {
  const fail = (why: string) => new DdpmError('ERR_DDPM_MODEL_CORRUPT', `${source}: ${why}`);
  if (bytes.length > MAX_CONFIG_BYTES) throw fail(`${bytes.length} bytes long, limit ${MAX_CONFIG_BYTES}`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw fail('not JSON in UTF-8');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw fail('not a JSON object');
  return value as Record<string, unknown>;
}

/**
 * Reads all parameters under their present names, in the order of the network. Missing and unknown tensors are errors.
 */
function readTensors(
  { source, bytes }: DiffusersFile,
  shapes: ReadonlyMap<string, readonly number[]>,
): Map<string, Tensor> {
  const fail = (message: string) => new DdpmError('ERR_DDPM_MODEL_CORRUPT', `${source}: ${message}`);
  const found = new Map<string, Tensor>();
  for (const [storedName, tensor] of parseSafetensors(bytes, source).tensors) {
    const name = currentName(storedName);
    const shape = shapes.get(name);
    if (shape === undefined) throw fail(`tensor "${storedName.slice(0, 80)}" is no part of the network of config.json`);
    if (found.has(name)) throw fail(`tensor "${name}" is there under two names`);
    if (tensor.shape.join() !== shape.join()) {
      throw fail(`tensor "${storedName}": shape is [${tensor.shape.join(', ')}], expected [${shape.join(', ')}]`);
    }
    found.set(name, tensor);
  }
  return new Map(
    [...shapes.keys()].map((name) => {
      const tensor = found.get(name);
      if (tensor === undefined) throw fail(`tensor "${name}" is missing`);
      return [name, tensor];
    }),
  );
}

/** The present name in diffusers of a parameter that may have an older name. */
function currentName(name: string): string {
  if (!name.includes('.attentions.')) return name;
  const [now, before] = ATTENTION_NAMES.find(([, old]) => name.includes(old)) ?? ['', ''];
  return before === '' ? name : name.replace(before, now);
}
