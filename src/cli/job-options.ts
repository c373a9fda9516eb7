/**
 * Options of the commands that work file by file, as plain JSON: for a job that another process does, and to know later whether a file was
 * made in the same way.
 */
import { type Json, optionsKey } from '../batch/options-key.ts';
import type { DecodeCommandOptions } from './commands/decode-command-options.ts';
import type { EncodeCommandOptions } from './commands/encode-file.ts';
import type { TruncateCommandOptions } from './commands/truncate-command-options.ts';
import type { Library } from './library.ts';

/** Options of the commands that work file by file. */
export interface FileCommands {
  readonly encode: EncodeCommandOptions;
  readonly decode: DecodeCommandOptions;
  readonly truncate: TruncateCommandOptions;
}

/** A command that works file by file. */
export type FileCommand = keyof FileCommands;

/** Options of a job, by the names that commander gives them; the model is not among them. */
export type JobOptions = Readonly<Record<string, Json>>;

type OptionType = 'number' | 'boolean' | 'string' | 'list';

/** Options of one command, with the types of their values. */
type OptionTypes<C extends FileCommand> = Partial<Record<keyof FileCommands[C], readonly OptionType[]>>;

const NUMBER: readonly OptionType[] = ['number'];
const FLAG: readonly OptionType[] = ['boolean'];
const NAME: readonly OptionType[] = ['string'];

/** Options that change the output. */
const CHANGING: { readonly [C in FileCommand]: OptionTypes<C> } = {
  encode: {
    bytes: NUMBER,
    bpp: NUMBER,
    psnr: NUMBER,
    quality: NUMBER,
    endSigma: NUMBER,
    lossless: FLAG,
    exactAlpha: FLAG,
    index: FLAG,
    reportPsnr: FLAG,
    effort: NUMBER,
    ladder: NUMBER,
    transport: NAME,
    beam: NUMBER,
    seed: NUMBER,
    metadata: ['string', 'list'],
    backend: NAME,
    portable: FLAG,
  },
  decode: {
    bytes: NUMBER,
    layers: NUMBER,
    bpp: NUMBER,
    maxSize: NUMBER,
    maxWidth: NUMBER,
    maxHeight: NUMBER,
    reconstruction: NAME,
    seed: NUMBER,
    backend: NAME,
    portable: FLAG,
  },
  truncate: { bytes: NUMBER, layers: NUMBER, bpp: NUMBER, psnr: NUMBER },
};

/** Options that decide whether there is an output, and not which. */
const DECIDING: { readonly [C in FileCommand]: OptionTypes<C> } = {
  encode: { limitPixels: NUMBER },
  decode: { limitPixels: NUMBER, limitMemory: NUMBER, timeout: NUMBER, strict: FLAG, force: FLAG },
  truncate: { limitPixels: NUMBER },
};

function typesOf(command: FileCommand): Readonly<Record<string, readonly OptionType[]>> {
  return { ...CHANGING[command], ...DECIDING[command] };
}

function pick(options: object, names: object): JobOptions {
  return Object.fromEntries(
    Object.entries(options).filter(([name, value]) => value !== undefined && Object.hasOwn(names, name)),
  );
}

/** The given options that say how a file is processed, without those about the run (`-j`, `--json`, `-o` ...) and the model. */
export function jobOptions<C extends FileCommand>(command: C, options: FileCommands[C]): JobOptions {
  return pick(options, typesOf(command));
}

/**
 * The command's options of a job, which may come from a stranger: names and types are checked here, ranges by the library.
 *
 * @throws RangeError if it is no object of known options of their types
 */
export function commandOptions<C extends FileCommand>(command: C, job: unknown): FileCommands[C] & JobOptions {
  if (typeof job !== 'object' || job === null || Array.isArray(job)) {
    throw new RangeError(`"options" expected an object, got ${shown(job)}`);
  }
  const types = typesOf(command);
  for (const [name, value] of Object.entries(job)) {
    const allowed = Object.hasOwn(types, name) ? types[name] : undefined;
    if (!allowed) throw new RangeError(`"options" expected options of ${command}, got ${shown(name)}`);
    if (!allowed.some((type) => isOfType(value, type))) {
      throw new RangeError(`"options.${name}" expected ${allowed.join(' or ')}, got ${shown(value)}`);
    }
  }
  return job as FileCommands[C] & JobOptions;
}

function isOfType(value: unknown, type: OptionType): boolean {
  if (type === 'list') return Array.isArray(value) && value.every((item) => typeof item === 'string');
  return typeof value === type;
}

/** Longest value that a message shows, in characters. */
const SHOWN = 80;

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text;
}

/**
 * Hash of what the outputs of a command depend on, besides their inputs: options and model. A model counts by its id, so that another
 * one of the same name makes a difference.
 *
 * @throws DdpmError `ERR_DDPM_MODEL_MISSING` if the model's file cannot be read
 */
export async function outputKey<C extends FileCommand>(
  command: C,
  options: FileCommands[C],
  library: Pick<Library, 'idOfModel'>,
): Promise<string> {
  return optionsKey(command, pick(options, CHANGING[command]), await modelOf(command, options, library));
}

async function modelOf<C extends FileCommand>(
  command: C,
  { model }: FileCommands[C],
  library: Pick<Library, 'idOfModel'>,
): Promise<string> {
  if (command === 'truncate') return 'none';
  if (command === 'decode' && model === undefined) return 'of the stream';
  return library.idOfModel(model);
}
